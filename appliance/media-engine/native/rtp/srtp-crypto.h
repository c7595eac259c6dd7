#pragma once
// OpenSSL's AES and SHA-1 under libsrtp2: Debian builds that library on NSS, which allocates and locks for every packet.

namespace holdfast {

/** Puts OpenSSL's ciphers in the place of libsrtp's own; its self-tests decide. After srtp_init(), once. False: they failed. */
bool useOpenSslCiphers();

}  // namespace holdfast
