import { type Cause, cause } from '../base/index.js';
import type { Leg, LegAbilities, LegCommand, LegContinuation, LegEvent } from '../call/index.js';
import type { Credentials } from './credentials.js';
import type { LegGround } from './leg-ground.js';
import type { LegMedia } from './leg-media.js';
import { LegOutlet } from './leg-outlet.js';
import { SipDialog } from './sip-dialog.js';

/** A leg that another process began: its dialog lives on in the SIP server, and is taken over there. */
export class ResumedLeg implements Leg {
  readonly id: string;
  readonly can: LegAbilities = { hold: true, transfer: true, digits: true };
  readonly #ground: LegGround;
  readonly #kept: LegContinuation;
  readonly #media: LegMedia;
  readonly #outlet: LegOutlet;
  readonly #dialog: SipDialog;
  #confirmed = false;
  /** Released before the SIP server could be told. */
  #owed: Cause | undefined;

  /** Listens for the dialog's requests at once; {@link confirm} then tells whether there is such a dialog. */
  constructor(ground: LegGround, kept: LegContinuation, media: LegMedia, credentials: Credentials | undefined) {
    this.id = kept.id ?? '';
    this.#ground = ground;
    this.#kept = kept;
    this.#media = media;
    this.#outlet = new LegOutlet(ground.live, () => this.#dialog.forget());
    this.#outlet.leave();
    this.#dialog = new SipDialog({
      ground,
      id: kept.dialog ?? '',
      media,
      credentials,
      beginning: { state: 'idle' },
      emit: (event) => this.#outlet.emit(event),
      ended: (ended) => this.#outlet.end(ended),
    });
  }

  on(listener: (event: LegEvent) => void): void {
    this.#outlet.on(listener);
  }

  do(command: LegCommand): void {
    switch (command.kind) {
      case 'release':
        this.#release(command.cause);
        break;
      case 'setup':
      case 'alert':
      case 'progress':
      case 'answer':
        break;
      default:
        this.#dialog.do(command);
    }
  }

  continuation(): LegContinuation {
    return { ...this.#kept, ...this.#media.continuation() };
  }

  /**
   * Asks the SIP server for the dialog, by an OPTIONS that any telephone may answer as it likes; without the dialog the
   * leg is over. `settled` is called when that is known; without a SIP server it is not, and may be asked again.
   */
  confirm(settled: () => void): void {
    if (this.#outlet.released) {
      if (this.#owed !== undefined) this.#dialog.release(this.#owed);
      settled();
      return;
    }
    const options = { uri: 'sip:placeholder', method: 'OPTIONS', stackDialogId: this.#dialog.id };
    try {
      this.#ground.application.request(options, (error) => {
        if (error === null) this.#found();
        else if (/unable to find dialog/i.test(error.message)) this.#gone();
        else return;
        settled();
      });
    } catch (error) {
      this.#ground.log.info('dialog not looked for', { leg: this.id, error: String(error) });
    }
  }

  #found(): void {
    this.#confirmed = true;
    if (this.#owed !== undefined) this.#dialog.release(this.#owed);
    if (!this.#outlet.released) this.#outlet.join();
  }

  #gone(): void {
    this.#ground.log.info('dialog is gone', { leg: this.id });
    this.#dialog.forget();
    this.#outlet.end({ cause: cause.temporaryFailure, lost: true });
  }

  #release(why: Cause): void {
    if (this.#outlet.released) return;
    if (this.#confirmed) this.#dialog.release(why);
    else this.#owed = why;
    this.#outlet.end({ cause: why });
  }
}
