/**
 * Keeps the processes of a branch alive and shows it in a terminal. Its product is `main.ts` (`npm start`); nobody
 * imports this folder but tests. Floor 5.
 */
export { type Arguments, parseArguments, usage } from './arguments.js';
export { Child, type ChildOptions, type Ending, endingText } from './child.js';
export { childTable } from './child-table.js';
export { type Scene, terminalView } from './terminal-view.js';
