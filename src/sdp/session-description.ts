/** A line that this product does not interpret: kept as it came, where it came. */
export interface SdpLine {
  /** One letter, e.g. `a`, `b`, `i`. */
  readonly type: string;
  readonly value: string;
}

/** `o=` (RFC 8866 §5.2). `sessionId` and `sessionVersion` are decimal strings: they may exceed 2^53. */
export interface Origin {
  readonly username: string;
  readonly sessionId: string;
  readonly sessionVersion: string;
  readonly netType: string;
  readonly addressType: string;
  readonly address: string;
}

/** `m=` and the lines below it (RFC 8866 §5.14). */
export interface MediaDescription {
  /** `audio`, `video`, `image` … */
  readonly media: string;
  /** 0 means rejected (RFC 3264 §6). */
  readonly port: number;
  /** The count after a slash, where the sender gave one. */
  readonly portCount?: number;
  /** `RTP/AVP`, `RTP/SAVPF`, `udptl` … */
  readonly protocol: string;
  readonly formats: readonly string[];
  /** `i=`, `c=`, `b=`, `k=`, `a=` and unknown lines in the order they came. */
  readonly lines: readonly SdpLine[];
}

/** A whole description (RFC 8866). Immutable: every change makes a new one. */
export interface SessionDescription {
  readonly origin: Origin;
  /** `s=`; `-` where the sender had none. */
  readonly sessionName: string;
  /** What stands between `s=` and the first `m=`, in the order it came. */
  readonly lines: readonly SdpLine[];
  readonly media: readonly MediaDescription[];
}

/** The values of the attribute `name` at one level; a property attribute (`a=name`) has the value ''. */
export function attributeValues(level: { readonly lines: readonly SdpLine[] }, name: string): readonly string[] {
  const values: string[] = [];
  for (const line of level.lines) {
    if (line.type !== 'a') continue;
    if (line.value === name) values.push('');
    else if (line.value.startsWith(`${name}:`)) values.push(line.value.slice(name.length + 1));
  }
  return values;
}

/** The connection address that holds for one media description (RFC 8866 §5.7); undefined where neither level has one. */
export function connectionAddress(description: SessionDescription, media: MediaDescription): string | undefined {
  const line = media.lines.find((each) => each.type === 'c') ?? description.lines.find((each) => each.type === 'c');
  return line?.value.split(' ')[2]?.split('/')[0];
}

/** Same session apart from `o=`: two descriptions that ask for the same media in the same way. */
export function sameMedia(a: SessionDescription, b: SessionDescription): boolean {
  return (
    sameLines(a.lines, b.lines) &&
    a.media.length === b.media.length &&
    a.media.every((media, index) => {
      const other = b.media[index];
      return (
        other !== undefined &&
        media.media === other.media &&
        media.port === other.port &&
        media.portCount === other.portCount &&
        media.protocol === other.protocol &&
        media.formats.join(' ') === other.formats.join(' ') &&
        sameLines(media.lines, other.lines)
      );
    })
  );
}

/**
 * Attributes that say where and how media travel: keys and ICE (RFC 4568, 8122, 8839); and our own, by which the legs of
 * a call name their ports to each other.
 */
const transportAttributes = ['crypto', 'fingerprint', 'setup', 'ice-ufrag', 'candidate', 'rtcp-mux', 'x-holdfast-port'];

/** Same places and keys, whatever the codecs: who sends to one of them sends rightly by the other. */
export function sameTransport(a: SessionDescription, b: SessionDescription): boolean {
  return (
    a.media.length === b.media.length &&
    a.media.every((media, index) => {
      const other = b.media[index];
      return (
        other !== undefined &&
        media.media === other.media &&
        media.port === other.port &&
        media.protocol === other.protocol &&
        connectionAddress(a, media) === connectionAddress(b, other) &&
        transportAttributes.every(
          (name) => String(attributeValues(media, name)) === String(attributeValues(other, name)),
        )
      );
    })
  );
}

function sameLines(a: readonly SdpLine[], b: readonly SdpLine[]): boolean {
  return a.length === b.length && a.every((line, i) => line.type === b[i]?.type && line.value === b[i]?.value);
}
