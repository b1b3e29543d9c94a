-- wrk -s requests.lua URL -- <depth> <kind of headers>: pipelines `depth` requests; with "browser"
-- each has the fields that a browser sends.

local browser = {
  ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
  ["Accept"] = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
  ["Accept-Language"] = "en-GB,en;q=0.9,de;q=0.8",
  ["Accept-Encoding"] = "gzip, deflate, br",
  ["Cache-Control"] = "max-age=0",
  ["Connection"] = "keep-alive",
  ["Cookie"] = "theme=dark; visit=1764041291; id=7f3c9a21be",
  ["Referer"] = "http://127.0.0.1:5000/",
  ["Sec-Fetch-Dest"] = "document",
  ["Sec-Fetch-Mode"] = "navigate",
  ["Sec-Fetch-Site"] = "same-origin",
  ["Upgrade-Insecure-Requests"] = "1",
}

local bytes

function init(arguments)
  if arguments[2] == "browser" then
    for name, value in pairs(browser) do wrk.headers[name] = value end
  end
  local one = wrk.format("GET")
  bytes = string.rep(one, tonumber(arguments[1]))
end

function request() return bytes end
