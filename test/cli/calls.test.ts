import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Estate, startEstate } from '../lab/estate/estate.ts';
import { packedProgram } from '../made-once.ts';
import { awsVariables, nodeTimeout, runCli } from './run-cli.ts';

let estate: Estate;
let page: Server;
let program: string;
beforeAll(async () => {
  estate = await startEstate();
  page = createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>'),
  );
  await once(page.listen(0, '127.0.0.1'), 'listening');
  program = await packedProgram();
});
afterAll(async () => {
  page.close();
  await estate.close();
});

const call = (line: string, change: Readonly<Record<string, string>> = {}) =>
  runCli(line.split(' '), {
    env: {
      ...awsVariables(estate.lab, estate.credentials, estate.region),
      EKS_KUBELET_AUDIT_NODE_TIMEOUT: nodeTimeout,
      ...change,
    },
  });

describe('a call in an account', () => {
  it.each([
    ['audit --region eu-west-3', 3, ['eu-west-3', 'account 111122223333', '--region', '--profile']],
    ['audit payments --region eu-west-3', 3, ["no cluster named 'payments'", 'eu-west-3', '--region']],
    ['doctor --region eu-west-3', 2, ['eu-west-3', 'account 111122223333', '--region']],
    ['doctor payments --next-node --controls 3.2.3 --width 100', 0, ['ready: nothing prevents an audit']],
    ['audit payments --only FAIL --severity high --controls 3.2.3 --format JUNIT', 0, ['<testsuite']],
    ['audit payments --scope NODE --sources CONFIGZ --fail-on WARN --benchmark CIS-EKS-1.8.0', 0, ['payments']],
  ] as const)('%s exits with %i and names what a person needs', async (line, code, words) => {
    const ended = await call(line);
    const said = `${ended.stdout}${ended.stderr}`;
    for (const each of words) expect(said).toContain(each);
    expect(ended.code).toBe(code);
  });

  it.each(['audit', 'doctor', 'grant payments', 'remediate payments', 'verify s3://some-bucket/runs/RUN/ --key -'])(
    '%s says what it is when a proxy answers with a page',
    async (line) => {
      const { port } = page.address() as AddressInfo;
      const { code, stdout, stderr } = await call(line, {
        AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
        AWS_MAX_ATTEMPTS: '1',
      });
      expect(`${stdout}${stderr}`).toMatch(/AWS_ENDPOINT_URL|public key/);
      expect(`${stdout}${stderr}`).not.toMatch(/Unexpected token|<html/);
      expect(code).not.toBe(0);
    },
  );
});

describe('the help', () => {
  it.each(['audit', 'remediate', 'evaluate next', 'explain'])(
    'of %s fits the width, and shows no folder of this machine',
    async (command) => {
      const { stdout } = await runCli([...command.split(' '), '--width', '64', '--help'], {
        env: { HOME: '/home/somebody' },
      });
      const texts = stdout.split('\n').filter((line) => !/eks-kubelet-audit |^ {2}-/.test(line));
      expect(texts.filter((line) => line.length > 64)).toEqual([]);
      expect(stdout).not.toContain('/home/somebody');
    },
  );
});

describe.skipIf(spawnSync('script', ['--version']).status !== 0)('a terminal', () => {
  /** What is on the screen of a terminal with these variables. */
  const onScreen = (variables: string): string =>
    spawnSync('script', ['-qefc', `env ${variables} "${process.execPath}" "${program}" explain 3.2.3`, '/dev/null'], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], TERM: 'xterm' },
    }).stdout;

  it.each([
    ['FORCE_COLOR=1', true],
    ['NO_COLOR=1 FORCE_COLOR=1', false],
    ['NO_COLOR=1', false],
    ['TERM=dumb', false],
  ])('with %s is coloured: %s, and shows no warning', (variables, isColoured) => {
    const screen = onScreen(variables);
    expect(screen).toContain('kubelet-client-ca-file');
    expect(/\u001b\[/.test(screen)).toBe(isColoured);
    expect(screen).not.toMatch(/Warning: The/);
  });
});
