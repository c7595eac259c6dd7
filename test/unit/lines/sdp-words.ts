import assert from 'node:assert/strict';
import { directionOf as directionIn, type SessionDescription } from '../../../src/sdp/index.js';

export function directionOf(description: SessionDescription | undefined): string {
  assert.ok(description !== undefined);
  return directionIn(description);
}

/** Names of the codecs in their order. */
export function offeredCodecs(description: SessionDescription): readonly string[] {
  const names: Readonly<Record<string, string>> = { '0': 'PCMU', '8': 'PCMA', '9': 'G722' };
  const [media] = description.media;
  return (media?.formats ?? []).map((format) => {
    const mapped = media?.lines.find(({ value }) => value.startsWith(`rtpmap:${format} `))?.value;
    return mapped?.split(' ')[1]?.split('/')[0] ?? names[format] ?? format;
  });
}
