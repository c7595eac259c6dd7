import { formatLine, type StyledLine } from './styled-line.js';

export interface ScreenPort {
  readonly columns: number;
  readonly rows: number;
  write(text: string): void;
}

/** The alternate screen of a terminal (xterm's control sequences), written line by line where something differs. */
export class Screen {
  readonly #port: ScreenPort;
  readonly #colours: boolean;
  #shown: string[] = [];
  #size = '';
  #open = false;

  constructor(port: ScreenPort, colours: boolean) {
    this.#port = port;
    this.#colours = colours;
  }

  open(): void {
    if (this.#open) return;
    this.#open = true;
    this.#port.write('\x1b[?1049h\x1b[?25l\x1b[2J');
  }

  /** Gives the terminal back as it was. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#port.write('\x1b[?25h\x1b[?1049l');
  }

  draw(lines: readonly StyledLine[]): void {
    if (!this.#open) return;
    const { columns, rows } = this.#port;
    let text = '';
    if (this.#size !== `${columns}x${rows}`) {
      this.#size = `${columns}x${rows}`;
      this.#shown = [];
      text = '\x1b[2J';
    }
    for (let row = 0; row < rows; row++) {
      const line = formatLine(lines[row] ?? [], columns, this.#colours);
      if (this.#shown[row] === line) continue;
      this.#shown[row] = line;
      text += `\x1b[${row + 1};1H\x1b[2K${line}`;
    }
    // Synchronized output where the terminal knows it: no half-drawn screen.
    if (text !== '') this.#port.write(`\x1b[?2026h${text}\x1b[?2026l`);
  }
}
