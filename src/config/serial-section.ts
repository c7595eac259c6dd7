import { initially, optional, required, section, tableOf } from './field.js';
import { digits } from './number-kinds.js';
import { boolean, choice, count, filePath } from './plain-kinds.js';

/** What every serial line has. */
function line(absent: string, speed: number, bits: '8N1' | '7E1', sample: string) {
  return {
    device: optional(filePath, absent, {
      title: 'Device',
      help: 'The serial port’s device file.',
      takesEffect: 'restart',
      sample,
    }),
    speed: initially(count(300, 230_400), speed, {
      title: 'Speed',
      help: 'Bits per second, the same at both ends.',
      takesEffect: 'restart',
    }),
    bits: initially(choice(['8N1', '8E1', '7E1', '7O1', '7N1']), bits, {
      title: 'Bits',
      help: 'Data bits, parity and stop bits of a character.',
      takesEffect: 'restart',
    }),
    flowControl: initially(boolean, false, {
      title: 'Flow control',
      help: 'Whether the far end stops us by a wire (RTS and CTS). Without it, what nobody reads is lost on the wire.',
      takesEffect: 'restart',
    }),
  } as const;
}

export const serial = section(
  'Serial lines',
  'What call accounting and message desks read and say over serial ports.',
  {
    smdr: section('Call records', 'Station message detail recording: one line for each call, for call accounting.', {
      ...line('no call records are printed', 9600, '8N1', '/dev/ttyS0'),
      format: initially(choice(['ipOffice', 'columns']), 'ipOffice', {
        title: 'Format',
        help: 'ipOffice: comma-separated, as Avaya IP Office. columns: 80 columns, as Panasonic KX-TD and KX-TDA.',
        takesEffect: 'restart',
      }),
    }),
    smdi: section('Message desk', 'A voice-mail system or an operator’s desk that speaks SMDI (Telcordia GR-283).', {
      ...line('there is no message desk', 1200, '7E1', '/dev/ttyS1'),
      desk: initially(count(1, 999), 1, {
        title: 'Number of the desk',
        help: 'Tells desks apart that share a line.',
        takesEffect: 'restart',
      }),
      terminals: initially(
        tableOf(
          'number',
          {
            number: required(digits(1, 15), {
              title: 'Number',
              help: 'A number at which the desk is called: an extension, or whole as call records show it, without the plus sign.',
              takesEffect: 'restart',
              example: '8000',
            }),
            terminal: initially(count(1, 9999), 1, {
              title: 'Terminal',
              help: 'What the desk calls the line behind it.',
              takesEffect: 'restart',
            }),
          },
          { max: 200 },
        ),
        [],
        {
          title: 'Terminals',
          help: 'The numbers that lead to the desk. Calls to others are not told.',
          takesEffect: 'restart',
        },
      ),
    }),
  },
);
