import { exampleFile, featureCodes, referencePage } from '../../src/config/index.js';
import { exampleUsersFile } from '../../src/directory/index.js';
import { type FeatureCodeRow, telephonePage } from '../../src/lines/index.js';
import { modeDiagram, modePage } from '../../src/survivability/index.js';

/** Every generated page by its name in this folder: said once in the code, so that no page can lie. */
export function generatedPages(): ReadonlyMap<string, string> {
  return new Map([
    ['example.yaml', exampleFile()],
    ['users.yaml', exampleUsersFile()],
    ['reference.md', referencePage()],
    ['telephones.md', telephonePage(codeRows())],
    ['modes.md', `# Modes\n\n${modePage()}\n\`\`\`mermaid\n${modeDiagram()}\n\`\`\`\n`],
  ]);
}

function codeRows(): readonly FeatureCodeRow[] {
  return Object.values(featureCodes.shape.fields).map(({ initial = '', title, help }) => ({
    code: initial,
    title,
    help,
  }));
}
