import { err, ok, type Result } from '../base/index.js';
import type { TrunkChannelStatus } from './channel-status.js';

/** Which channels people took out of service, each since when (ms since 1970); outlives the process. */
export interface OutOfServiceStore {
  readonly channels: ReadonlyMap<string, number>;
  /** `sinceWall` undefined: they serve again. Rejects when the disk refuses, and is then as before. */
  set(channels: readonly string[], sinceWall: number | undefined): Promise<void>;
}

/** Where there is no disk. */
export class UnkeptOutOfService implements OutOfServiceStore {
  readonly channels = new Map<string, number>();

  async set(channels: readonly string[], sinceWall: number | undefined): Promise<void> {
    for (const id of channels) {
      if (sinceWall === undefined) this.channels.delete(id);
      else this.channels.set(id, sinceWall);
    }
  }
}

/** What a person asks for. */
export interface ServiceOrder {
  /** Channels (`sim/1:1-4`), spans (`sim/1`) and trunks (`pstn`), with commas or spaces between. */
  readonly channels: string;
  readonly out: boolean;
  /** Calls on them end, but calls for help; else each channel goes out after its call. */
  readonly now: boolean;
}

/** What came of it: ids of channels. */
export interface ServiceAnswer {
  readonly channels: readonly string[];
  /** Those whose call was ended. */
  readonly ended: readonly string[];
  /** Those that still have a call, and go out after it. */
  readonly busy: readonly string[];
}

export interface ServedChannel extends TrunkChannelStatus {
  /** When it was taken out of service here, ms since 1970. */
  readonly outSinceWall?: number;
}

/** What {@link TrunkLines} does for it. */
export interface ServedLines {
  readonly channels: readonly TrunkChannelStatus[];
  setOutOfService(channel: string, out: boolean): void;
  endOn(channel: string): boolean;
}

/** Takes channels of trunks out of service by hand, and puts them back; what was out before the process started is out again. */
export class ChannelService {
  readonly #lines: ServedLines;
  readonly #store: OutOfServiceStore;
  readonly #wall: () => number;

  constructor(lines: ServedLines, store: OutOfServiceStore, wall: () => number) {
    this.#lines = lines;
    this.#store = store;
    this.#wall = wall;
    for (const id of store.channels.keys()) lines.setOutOfService(id, true);
  }

  get channels(): readonly ServedChannel[] {
    return this.#lines.channels.map((channel) => {
      const outSinceWall = channel.takenOut ? this.#store.channels.get(channel.id) : undefined;
      return outSinceWall === undefined ? channel : { ...channel, outSinceWall };
    });
  }

  /** The error says, for people, what is not known, or that the disk refuses: then nothing is changed. */
  async order({ channels: text, out, now }: ServiceOrder): Promise<Result<ServiceAnswer, string>> {
    const found = this.#find(text);
    if (!found.ok) return found;
    const channels = found.value;
    const changed = channels.filter((id) => this.#store.channels.has(id) !== out);
    try {
      if (changed.length > 0) await this.#store.set(changed, out ? this.#wall() : undefined);
    } catch (error) {
      return err(`it cannot be kept: ${error instanceof Error ? error.message : String(error)}`);
    }
    for (const id of channels) this.#lines.setOutOfService(id, out);
    const ended = out && now ? channels.filter((id) => this.#lines.endOn(id)) : [];
    const busy = this.#lines.channels.filter(
      ({ id, state }) => state === 'inUse' && channels.includes(id) && !ended.includes(id),
    );
    return ok({ channels, ended, busy: busy.map(({ id }) => id) });
  }

  #find(text: string): Result<readonly string[], string> {
    const words = text.split(/[\s,]+/).filter((word) => word !== '');
    if (words.length === 0) return err('name a channel (sim/1:1), some (sim/1:1-4), a span (sim/1) or a trunk');
    const found = new Set<string>();
    for (const word of words) {
      const ids = this.#named(word);
      if (ids.length === 0) return err(`${word} is no channel, span or trunk over lines`);
      for (const id of ids) found.add(id);
    }
    return ok([...found]);
  }

  /** Also those that the configuration has no more, but that are still out of service. */
  #named(word: string): readonly string[] {
    const { channels } = this.#lines;
    const trunk = channels.filter((each) => each.trunk === word).map(({ id }) => id);
    if (trunk.length > 0) return trunk;
    const known = [...new Set([...channels.map(({ id }) => id), ...this.#store.channels.keys()])];
    const ofSpan = known.filter((id) => id.slice(0, id.lastIndexOf(':')) === word);
    if (ofSpan.length > 0) return ofSpan;
    const [, span = '', first, last = first] = /^(.+):(\d{1,2})(?:-(\d{1,2}))?$/.exec(word) ?? [];
    if (first === undefined) return [];
    const [from, to] = [Number(first), Number(last)];
    return known.filter((id) => {
      const slot = Number(id.slice(id.lastIndexOf(':') + 1));
      return id.slice(0, id.lastIndexOf(':')) === span && slot >= from && slot <= to;
    });
  }
}
