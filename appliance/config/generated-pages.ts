import { exampleFile, referencePage } from '../../src/config/index.js';
import { exampleUsersFile } from '../../src/directory/index.js';
import { modeDiagram, modePage } from '../../src/survivability/index.js';

/** Every generated page by its name in this folder: said once in the code, so that no page can lie. */
export function generatedPages(): ReadonlyMap<string, string> {
  return new Map([
    ['example.yaml', exampleFile()],
    ['users.yaml', exampleUsersFile()],
    ['reference.md', referencePage()],
    ['modes.md', `# Modes\n\n${modePage()}\n\`\`\`mermaid\n${modeDiagram()}\n\`\`\`\n`],
  ]);
}
