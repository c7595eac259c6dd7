// Sound for load: something that encoders have to work for as for a voice, cut into packets of each codec.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace holdfast::bench {

/** Syllables of a buzzing glottis through three moving formants, with breath between them; PCM16. */
std::vector<int16_t> speech(int sampleRate, double seconds);

/** ITU-T G.711, `law` 'u' or 'a'. */
uint8_t encodeG711(int16_t sample, char law);
int16_t decodeG711(uint8_t code, char law);

/** Root mean square over everything, dB below full scale of a sine. */
double levelDb(double sumOfSquares, double samples);

/** A few seconds of speech as payloads of one codec, sent in a circle. */
struct Payloads {
  std::vector<std::vector<uint8_t>> packets;
  double level = 0;
  /** Of the RTP clock, per packet. */
  uint32_t timestampStep = 0;
};

/** `codec`: PCMU, PCMA or opus (48 kHz, 24 kbit/s, as a telephone sends). */
Payloads payloadsOf(const std::string& codec, int packetMs);

}  // namespace holdfast::bench
