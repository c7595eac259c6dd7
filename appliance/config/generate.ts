/** `npm run docs`: writes the generated pages. Run in the project's root. */
import { writeFileSync } from 'node:fs';
import { generatedPages } from './generated-pages.js';

for (const [name, text] of generatedPages()) writeFileSync(`appliance/config/${name}`, text);
