#pragma once
// Reads plain data of JavaScript. The first thing that is not as it must be is kept, and the rest reads as nothing: the
// caller asks once, at the end.
#define NAPI_VERSION 8
#include <node_api.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace holdfast {

class JsReader {
 public:
  explicit JsReader(napi_env env) : env_(env) {}
  const std::string& fault() const { return fault_; }
  void complain(const std::string& what) {
    if (fault_.empty()) fault_ = what;
  }
  napi_env env() const { return env_; }

 private:
  napi_env env_;
  std::string fault_;
};

class JsObject {
 public:
  JsObject(JsReader& reader, napi_value value) : reader_(reader), value_(value) {}

  bool has(const char* name) const {
    napi_valuetype type = typeOf(get(name));
    return type != napi_undefined && type != napi_null;
  }

  std::string string(const char* name) const { return stringOf(get(name), name); }

  double number(const char* name, double least, double most) const {
    const napi_value value = get(name);
    double read = 0;
    if (typeOf(value) != napi_number || napi_get_value_double(reader_.env(), value, &read) != napi_ok ||
        !std::isfinite(read) || read < least || read > most) {
      reader_.complain(std::string(name) + " is not a number from " + std::to_string(least) + " to " +
                       std::to_string(most));
      return least;
    }
    return read;
  }

  template <typename Integer>
  Integer integer(const char* name, double least, double most) const {
    const double read = number(name, least, most);
    if (read != std::floor(read)) reader_.complain(std::string(name) + " is not a whole number");
    return static_cast<Integer>(read);
  }

  bool boolean(const char* name) const {
    const napi_value value = get(name);
    bool read = false;
    if (typeOf(value) != napi_boolean || napi_get_value_bool(reader_.env(), value, &read) != napi_ok) {
      reader_.complain(std::string(name) + " is not a boolean");
    }
    return read;
  }

  JsObject object(const char* name) const {
    const napi_value value = get(name);
    if (typeOf(value) != napi_object) reader_.complain(std::string(name) + " is not an object");
    return JsObject(reader_, value);
  }

  /** Calls `each` with every element, which is an object. */
  template <typename Each>
  void objects(const char* name, Each each) const {
    elements(name, [&](napi_value value) {
      if (typeOf(value) != napi_object) return reader_.complain(std::string(name) + " holds what is not an object");
      each(JsObject(reader_, value));
    });
  }

  std::vector<std::string> strings(const char* name) const {
    std::vector<std::string> all;
    elements(name, [&](napi_value value) { all.push_back(stringOf(value, name)); });
    return all;
  }

  std::vector<double> numbers(const char* name) const {
    std::vector<double> all;
    elements(name, [&](napi_value value) { all.push_back(numberOf(value, name)); });
    return all;
  }

  /** A list of lists of numbers. */
  std::vector<std::vector<double>> numberLists(const char* name) const {
    std::vector<std::vector<double>> all;
    elements(name, [&](napi_value list) {
      std::vector<double> inner;
      elementsOf(list, name, [&](napi_value value) { inner.push_back(numberOf(value, name)); });
      all.push_back(std::move(inner));
    });
    return all;
  }

  std::vector<uint8_t> bytes(const char* name) const {
    const napi_value value = get(name);
    bool is = false;
    napi_typedarray_type type = napi_int8_array;
    size_t length = 0;
    void* data = nullptr;
    if (value == nullptr || napi_is_typedarray(reader_.env(), value, &is) != napi_ok || !is ||
        napi_get_typedarray_info(reader_.env(), value, &type, &length, &data, nullptr, nullptr) != napi_ok ||
        type != napi_uint8_array) {
      reader_.complain(std::string(name) + " is not a Uint8Array");
      return {};
    }
    const auto* const first = static_cast<const uint8_t*>(data);
    return std::vector<uint8_t>(first, first + length);
  }

  void complain(const std::string& what) const { reader_.complain(what); }

 private:
  /** RFC 3550 has nothing that is longer, nor has a path. */
  static constexpr size_t maxStringBytes = 4096;
  static constexpr uint32_t maxElements = 1024;

  napi_value get(const char* name) const {
    napi_value value = nullptr;
    if (typeOf(value_) != napi_object || napi_get_named_property(reader_.env(), value_, name, &value) != napi_ok) {
      return nullptr;
    }
    return value;
  }

  napi_valuetype typeOf(napi_value value) const {
    napi_valuetype type = napi_undefined;
    if (value != nullptr) napi_typeof(reader_.env(), value, &type);
    return type;
  }

  std::string stringOf(napi_value value, const char* name) const {
    size_t length = 0;
    if (typeOf(value) != napi_string ||
        napi_get_value_string_utf8(reader_.env(), value, nullptr, 0, &length) != napi_ok || length > maxStringBytes) {
      reader_.complain(std::string(name) + " is not a string");
      return "";
    }
    std::string text(length + 1, '\0');
    napi_get_value_string_utf8(reader_.env(), value, text.data(), length + 1, &length);
    text.resize(length);
    return text;
  }

  double numberOf(napi_value value, const char* name) const {
    double read = 0;
    if (napi_get_value_double(reader_.env(), value, &read) != napi_ok || !std::isfinite(read)) {
      reader_.complain(std::string(name) + " holds what is not a number");
    }
    return read;
  }

  template <typename Each>
  void elements(const char* name, Each each) const {
    elementsOf(get(name), name, each);
  }

  template <typename Each>
  void elementsOf(napi_value list, const char* name, Each each) const {
    bool is = false;
    uint32_t length = 0;
    if (list == nullptr || napi_is_array(reader_.env(), list, &is) != napi_ok || !is ||
        napi_get_array_length(reader_.env(), list, &length) != napi_ok || length > maxElements) {
      return reader_.complain(std::string(name) + " is not a list");
    }
    for (uint32_t index = 0; index < length; ++index) {
      napi_value value = nullptr;
      if (napi_get_element(reader_.env(), list, index, &value) == napi_ok) each(value);
    }
  }

  JsReader& reader_;
  napi_value value_;
};

}  // namespace holdfast
