import { sdp } from './sip-server-peer.js';

interface Description {
  readonly type: string;
  readonly sdp: string;
}

/** What jssip needs of RTCPeerConnection where there is none: descriptions without any sound behind them. */
export class FakePeerConnection {
  readonly iceGatheringState = 'complete';
  readonly iceConnectionState = 'connected';
  signalingState = 'stable';
  localDescription: Description | undefined;
  remoteDescription: Description | undefined;

  addEventListener(): void {
    // Nothing ever happens here.
  }

  removeEventListener(): void {
    // As above.
  }

  addTrack(): void {
    // Nobody listens.
  }

  getSenders(): readonly object[] {
    return [];
  }

  getReceivers(): readonly object[] {
    return [];
  }

  createOffer(): Promise<Description> {
    return Promise.resolve({ type: 'offer', sdp: sdp() });
  }

  createAnswer(): Promise<Description> {
    return Promise.resolve({ type: 'answer', sdp: sdp() });
  }

  setLocalDescription(description: Description): Promise<void> {
    this.localDescription = description;
    this.signalingState = description.type === 'offer' ? 'have-local-offer' : 'stable';
    return Promise.resolve();
  }

  setRemoteDescription(description: Description): Promise<void> {
    this.remoteDescription = description;
    this.signalingState = description.type === 'offer' ? 'have-remote-offer' : 'stable';
    return Promise.resolve();
  }

  close(): void {
    this.signalingState = 'closed';
  }
}

/** A stream with one track that is silent. */
export function fakeStream(): object {
  const track = { kind: 'audio', enabled: true, stop: () => undefined };
  return {
    getTracks: () => [track],
    getAudioTracks: () => [track],
    getVideoTracks: () => [],
    removeTrack: () => undefined,
  };
}
