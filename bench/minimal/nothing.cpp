#include <cstddef>

int main() {}
