import { attributeValues, type MediaDescription, type SdpLine, type SessionDescription } from '../sdp/index.js';
import type { RtpSettings, SrtpKey } from './port-settings.js';

/** Stands where a secret was. Too short for any key or password: whoever takes it for one fails. */
const kept = 'kept';

/** The same description without keys and ICE passwords: fit for a record on disk, a log or a trace. */
export function withoutSecrets(description: SessionDescription): SessionDescription {
  const lines = (level: readonly SdpLine[]): readonly SdpLine[] => level.flatMap(withoutSecret);
  return {
    ...description,
    lines: lines(description.lines),
    media: description.media.map((media) => ({ ...media, lines: lines(media.lines) })),
  };
}

function withoutSecret(line: SdpLine): readonly SdpLine[] {
  // `k=` is a key in the clear (RFC 4566 §5.12); nobody uses it, and nobody needs it back.
  if (line.type === 'k') return [];
  // In whatever line, however misspelt: it may still be somebody's key.
  const value = line.value.replace(/inline:[^\s|;]*/gi, `inline:${kept}`).replace(/ice-pwd:.*/i, `ice-pwd:${kept}`);
  return [value === line.value ? line : { type: line.type, value }];
}

/** Our last description and the peer's, one of which answers the other. */
export interface SaidAndHeard {
  readonly said: SessionDescription;
  readonly heard: SessionDescription;
}

/**
 * Puts back what {@link withoutSecrets} took, out of the settings that the engine lists for the port. Of several offered keys only the
 * one that was agreed is there; the others are left out.
 */
export function withSecrets(descriptions: SaidAndHeard, settings: RtpSettings): SaidAndHeard {
  const { security, ice } = settings;
  const tag = agreedTag(descriptions);
  const [send, receive] = security.kind === 'sdes' ? [security.send, security.receive] : [undefined, undefined];
  return {
    said: restored(descriptions.said, tag, send, ice?.local.password),
    heard: restored(descriptions.heard, tag, receive, ice?.remote?.password),
  };
}

/** The one tag that an answer has: that of the description with fewer keys (RFC 4568 §5.1.3). */
function agreedTag({ said, heard }: SaidAndHeard): string | undefined {
  const tags = [said, heard].map((each) =>
    each.media
      .filter((media) => media.port !== 0)
      .flatMap((media) => attributeValues(media, 'crypto'))
      .map(tagOf),
  );
  const [a = [], b = []] = tags;
  return (a.length < b.length ? a : b)[0];
}

function tagOf(crypto: string): string {
  return crypto.split(' ')[0] ?? '';
}

function restored(
  description: SessionDescription,
  tag: string | undefined,
  key: SrtpKey | undefined,
  password: string | undefined,
): SessionDescription {
  const lines = (level: readonly SdpLine[]): readonly SdpLine[] =>
    level.flatMap((line) => {
      if (line.type !== 'a') return [line];
      if (line.value === `ice-pwd:${kept}` && password !== undefined) {
        return [{ type: 'a', value: `ice-pwd:${password}` }];
      }
      if (!line.value.startsWith('crypto:')) return [line];
      if (key === undefined || tagOf(line.value.slice('crypto:'.length)) !== tag) return [];
      return [{ type: 'a', value: line.value.replace(`inline:${kept}`, `inline:${key.keyAndSalt}`) }];
    });
  const media = (each: MediaDescription): MediaDescription => ({ ...each, lines: lines(each.lines) });
  return { ...description, lines: lines(description.lines), media: description.media.map(media) };
}
