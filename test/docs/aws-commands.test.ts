import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isInstalled } from '../infra/documents/is-installed.ts';
import { shellBlocks } from './shell-blocks.ts';

// Pages whose commands nothing in the lab answers: the AWS CLI's own models say whether an operation has these options, in this form.

const pages = ['docs/upgrade.md', 'docs/uninstall.md', 'docs/one-account-to-organization.md'];

/** What the CLI makes itself of several calls: it has no skeleton of them. */
const isHighLevel = (command: string): boolean => /^aws (s3|logs tail)\b/.test(command);

/** The CLI parses and checks the options, and prints an example of the input instead of sending it. */
async function fault(command: string): Promise<string | undefined> {
  const withoutComment = command.replace(/\s+#.*$/, '');
  try {
    await promisify(execFile)('sh', ['-c', `${withoutComment} --generate-cli-skeleton input`], {
      env: { PATH: process.env['PATH'], HOME: '/nonexistent', AWS_DEFAULT_REGION: 'eu-west-1' },
    });
    return undefined;
  } catch (error) {
    return String(Object(error).stderr);
  }
}

describe.skipIf(!isInstalled('aws'))('the AWS CLI', () => {
  const commands = pages.flatMap((page) =>
    shellBlocks(readFileSync(page, 'utf8')).flatMap((block) =>
      block.commands
        .filter((each) => each.startsWith('aws ') && !isHighLevel(each))
        .map((each) => [page, each] as const),
    ),
  );

  it('has commands to parse on each page', () => {
    for (const page of pages) expect(commands.filter(([of]) => of === page).length, page).toBeGreaterThan(0);
  });

  it.each(commands)('parses on %s: %s', async (_, command) => {
    expect(await fault(command)).toBeUndefined();
  });

  it('refuses an option that an operation does not have', async () => {
    expect(
      await fault('aws cloudformation import-stacks-to-stack-set --stack-set-name A --organizational-units r-ab12'),
    ).toContain('organizational-units');
  });
});
