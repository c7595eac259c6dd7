#pragma once
// A test program: cases by name, every failure printed with its place, exit status 1 when there was one.
#include <cstdio>
#include <functional>
#include <vector>

namespace holdfast::test {

struct Case {
  const char* name;
  std::function<void()> run;
};

inline std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

inline int& failures() {
  static int count = 0;
  return count;
}

struct Registration {
  Registration(const char* name, std::function<void()> run) { cases().push_back({name, std::move(run)}); }
};

inline int runAll() {
  for (const Case& each : cases()) {
    const int before = failures();
    each.run();
    std::printf("%s %s\n", failures() == before ? "ok    " : "FAILED", each.name);
  }
  return failures() == 0 ? 0 : 1;
}

}  // namespace holdfast::test

#define HOLDFAST_JOIN2(a, b) a##b
#define HOLDFAST_JOIN(a, b) HOLDFAST_JOIN2(a, b)
/** A case follows as the body of a lambda: `TEST("what is so", { … })`. */
#define TEST(name, ...) \
  static const holdfast::test::Registration HOLDFAST_JOIN(registration, __LINE__)(name, []() __VA_ARGS__)

/** Goes on after a failure. */
#define CHECK(condition, ...)                                               \
  do {                                                                      \
    if (!(condition)) {                                                     \
      holdfast::test::failures()++;                                         \
      std::printf("%s:%d: %s", __FILE__, __LINE__, #condition);           \
      std::printf(" " __VA_ARGS__);                                         \
      std::printf("\n");                                                    \
    }                                                                       \
  } while (false)

#define TEST_MAIN \
  int main() { return holdfast::test::runAll(); }
