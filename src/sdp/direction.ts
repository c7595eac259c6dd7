import {
  connectionAddress,
  type MediaDescription,
  type SdpLine,
  type SessionDescription,
} from './session-description.js';

/** RFC 8866 §6.7: the direction as its sender sees it. */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** The direction of one media description: its own attribute, else the session's, else `sendrecv`. */
export function mediaDirection(description: SessionDescription, media: MediaDescription): Direction {
  return ownDirection(media.lines) ?? ownDirection(description.lines) ?? 'sendrecv';
}

/** The direction of the first media that is not rejected; `inactive` where there is none. */
export function directionOf(description: SessionDescription): Direction {
  const first = description.media.find((media) => media.port !== 0);
  return first === undefined ? 'inactive' : mediaDirection(description, first);
}

/** The same description with every media that is not rejected set to `direction`, said once per media. */
export function withDirection(description: SessionDescription, direction: Direction): SessionDescription {
  return {
    ...description,
    lines: description.lines.filter((line) => !isDirection(line)),
    media: description.media.map((media) =>
      media.port === 0
        ? media
        : { ...media, lines: [...media.lines.filter((line) => !isDirection(line)), { type: 'a', value: direction }] },
    ),
  };
}

/**
 * Whether this offer or answer puts the other side on hold (RFC 3264 §8.4, RFC 6337 §5.3): no media lets it be heard.
 * The old way, a connection address of 0.0.0.0, counts too. A description whose media are all rejected holds nobody.
 */
export function isHold(description: SessionDescription): boolean {
  const live = description.media.filter((media) => media.port !== 0);
  return (
    live.length > 0 &&
    live.every((media) => {
      const direction = mediaDirection(description, media);
      return direction === 'sendonly' || direction === 'inactive' || hasNoAddress(description, media);
    })
  );
}

/** Whether a media has the hold address of RFC 2543: nothing can be sent to its owner. */
export function hasNoAddress(description: SessionDescription, media: MediaDescription): boolean {
  const address = connectionAddress(description, media);
  return address === '0.0.0.0' || address === '::' || address === undefined;
}

/** What an answerer may say to an offered direction (RFC 3264 §6.1). */
export function answeringDirection(offered: Direction): Direction {
  if (offered === 'sendonly') return 'recvonly';
  if (offered === 'recvonly') return 'sendonly';
  return offered;
}

/** What two directions, both seen from the same side, leave. */
export function meetDirections(a: Direction, b: Direction): Direction {
  const [sends, receives] = [canSend(a) && canSend(b), canReceive(a) && canReceive(b)];
  if (sends) return receives ? 'sendrecv' : 'sendonly';
  return receives ? 'recvonly' : 'inactive';
}

/**
 * What a side would do if it might: `said` where `allowed` left it the choice, `before` where not. Whoever answers a hold with
 * `recvonly` has not stopped wanting to speak.
 */
export function wishBehind(said: Direction, allowed: Direction, before: Direction): Direction {
  const sends = canSend(allowed) ? canSend(said) : canSend(before);
  const receives = canReceive(allowed) ? canReceive(said) : canReceive(before);
  if (sends) return receives ? 'sendrecv' : 'sendonly';
  return receives ? 'recvonly' : 'inactive';
}

export function canSend(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'sendonly';
}

export function canReceive(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'recvonly';
}

function isDirection(line: SdpLine): boolean {
  return line.type === 'a' && asDirection(line.value) !== undefined;
}

function ownDirection(lines: readonly SdpLine[]): Direction | undefined {
  for (const line of lines) {
    if (line.type !== 'a') continue;
    const direction = asDirection(line.value);
    if (direction !== undefined) return direction;
  }
  return undefined;
}

function asDirection(value: string): Direction | undefined {
  return value === 'sendrecv' || value === 'sendonly' || value === 'recvonly' || value === 'inactive'
    ? value
    : undefined;
}
