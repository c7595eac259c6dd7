// Preloaded into a peer that cannot be told libopus' complexity (rtpengine 10.5 leaves it to ffmpeg, which takes 10): whatever it
// asks for, OPUS_COMPLEXITY of the environment is what it gets.
#include <dlfcn.h>
#include <opus/opus_multistream.h>

#include <cstdarg>
#include <cstdint>
#include <cstdlib>

namespace {

using Control = int (*)(OpusMSEncoder*, int, ...);

}  // namespace

extern "C" int opus_multistream_encoder_ctl(OpusMSEncoder* encoder, int request, ...) {
  static const auto real = reinterpret_cast<Control>(dlsym(RTLD_NEXT, "opus_multistream_encoder_ctl"));
  static const char* wanted = std::getenv("OPUS_COMPLEXITY");
  va_list words;
  va_start(words, request);
  const intptr_t word = va_arg(words, intptr_t);
  va_end(words);
  if (request == OPUS_SET_COMPLEXITY_REQUEST && wanted != nullptr) return real(encoder, request, std::atoi(wanted));
  return real(encoder, request, word);
}
