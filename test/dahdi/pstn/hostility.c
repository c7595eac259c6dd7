#include "pstn.h"
#include <string.h>

enum { header = 4, body_most = 250, check_sequence = 2 };

static unsigned state = 1;

void seed_hostility(unsigned seed)
{
	state = seed ? seed : 1;
}

/* Marsaglia, Xorshift RNGs (2003), of 32 bits. */
static unsigned draw(unsigned below)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % below;
}

unsigned char hostile_octet(void)
{
	return draw(256);
}

/*
 * A frame of Q.921 with information, changed in one to six places behind its header, so that the link goes on and what it
 * carries is wrong: octets changed, cut off, repeated or put in. Other frames stay. The length with its check sequence.
 */
int mangle(const unsigned char *frame, int length, unsigned char *changed)
{
	static const unsigned char odd[] = { 0, 1, 0x7f, 0x80, 0xff };
	int body = length - header - check_sequence;
	unsigned char *at = changed + header;

	memcpy(changed, frame, length);
	if (body <= 0 || (frame[2] & 1))
		return length;
	for (int changes = 1 + draw(6); changes > 0 && body > 0; changes--) {
		int place = draw(body), more = 1 + draw(40);

		switch (draw(5)) {
		case 0:
			at[place] = draw(256);
			break;
		case 1:
			at[place] = odd[draw(sizeof(odd))];
			break;
		case 2:
			body = place;
			break;
		case 3:
			if (more > body)
				more = body;
			if (body + more > body_most)
				break;
			memmove(at + place + more, at + place, body - place);
			body += more;
			break;
		default:
			if (body + more > body_most)
				break;
			memmove(at + place + more, at + place, body - place);
			for (int i = 0; i < more; i++)
				at[place + i] = draw(256);
			body += more;
		}
	}
	return header + body + check_sequence;
}

/* Octets with a check sequence that fits, which the driver adds: of any kind, or beginning as a frame of this link does. */
int garbage(unsigned char *frame)
{
	int length = 1 + draw(200);

	for (int i = 0; i < length; i++)
		frame[i] = draw(256);
	if (draw(3)) {
		frame[0] = draw(2) ? 0 : 2;
		frame[1] = 1;
	}
	return length + check_sequence;
}
