/** Writes the example file and the reference page from the configuration's schema. Run in the project's root. */
import { writeFileSync } from 'node:fs';
import { exampleFile, referencePage } from '../../src/config/index.js';

writeFileSync('appliance/config/example.yaml', exampleFile());
writeFileSync('appliance/config/reference.md', referencePage());
