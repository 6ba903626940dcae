import { tmpdir } from 'node:os';

/** What the tests and their tools read. The width of the caller's terminal or a proxy of theirs would change what the program prints or asks. */
const kept = /^(PATH|TMPDIR|CI|NODE_\w+|VITEST\w*|\w*STRYKER\w*|(TEST|MODEL|MUTATION|SYSTEMD|FLEET|LAB)_\w+)$/;

// Tests have the same environment everywhere, and can never touch a real account.
for (const name of Object.keys(process.env)) if (!kept.test(name)) delete process.env[name];
process.env['HOME'] = tmpdir();
process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
