import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LIMITS_PAGE, limitsPage } from './limits-page.ts';

// Writes the page about all limits anew. A test in this folder fails when that was forgotten.
const root = dirname(dirname(fileURLToPath(import.meta.url)));
writeFileSync(join(root, LIMITS_PAGE), limitsPage(root));
console.log(`wrote ${LIMITS_PAGE}`);
