/** The figure of sound in the banner: how good it is, and how busy the media engine. */
import { byId, setText } from './elements.js';
import { counted } from './words.js';

/** @import {MediaState} from '../media-state.js' */

/** Below this mean opinion score people complain (ITU-T G.107: "many users dissatisfied"). */
const poorScore = 3.6;

/** @param {MediaState} media */
export function drawMedia(media) {
  byId('sound', HTMLElement).hidden = false;
  const { mos } = media;
  const figure = byId('figure-sound', HTMLElement);
  const score = mos === undefined ? (media.up ? 'Quiet' : 'Lost') : mos.mean.toFixed(1);
  setText('figure-sound', media.up ? score : 'Lost');
  figure.classList.toggle('bad', !media.up || (mos !== undefined && mos.least < poorScore));
  figure.title = mos === undefined ? '' : `Estimated mean opinion score; the least is ${mos.least.toFixed(1)}`;
  const loss = media.lossFraction >= 0.001 ? `, ${(media.lossFraction * 100).toFixed(1)} % lost` : '';
  setText(
    'note-sound',
    media.up ? `${counted(media.ports, 'port')}, load ${Math.round(media.load * 100)} %${loss}` : 'engine away',
  );
}
