import { readFileSync } from 'node:fs';

// Prints `N passed, N failed` from the JSON report of vitest, and exits with 1 if a test failed, if
// none ran, if a test file could not be run at all, or if an earlier step failed.
const [file, earlierFailure] = process.argv.slice(2);
const { passed, failed, skipped } = count(file);
const tail = skipped > 0 ? `, ${skipped} skipped` : '';
console.log(`${passed} passed, ${failed} failed${tail}`);
process.exitCode = failed > 0 || passed === 0 || earlierFailure !== '0' ? 1 : 0;

function count(report) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } =
      JSON.parse(readFileSync(report, 'utf8'));
    // A file that fails outside of its tests has no failed test of its own.
    const broken = testResults.filter(
      ({ status, assertionResults }) =>
        status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
    ).length;
    return {
      passed: numPassedTests,
      failed: numFailedTests + broken,
      skipped: numPendingTests + numTodoTests,
    };
  } catch (error) {
    console.error(`There is no readable test report ${report}: ${error.message}`);
    return { passed: 0, failed: 0, skipped: 0 };
  }
}
