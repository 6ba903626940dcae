import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { everyRemediation, resourcesOf, templatesOf } from './synthesise.ts';

const page = ['docs/deploy.md', 'docs/deploy-remediation.md'].map((file) => readFileSync(file, 'utf8')).join('\n');
const templates = templatesOf(everyRemediation);
const stacks = Object.entries(templates);

/** Words of the page that match, each once. */
const written = (pattern: RegExp) =>
  [...new Set([...page.matchAll(pattern)].map(([, word]) => String(word)))].toSorted();
const keysOf = (section: 'Parameters' | 'Outputs', of: RegExp) =>
  stacks.flatMap(([name, template]) => (of.test(name) ? Object.keys(template.toJSON()[section] ?? {}) : []));

it('has every role of remediation in docs/permissions.md', () => {
  const roles = stacks
    .filter(([name]) => name.startsWith('EksKubeletAuditRemediation'))
    .flatMap(([, template]) => resourcesOf(template, 'AWS::IAM::Role'))
    .map(({ Properties }) => String(Properties['RoleName']));
  const [, section = ''] = readFileSync('docs/permissions.md', 'utf8').split('\n## The roles of remediation\n');
  const [named = ''] = section.split('\n## ');
  expect([...named.matchAll(/^### (\S+)$/gm)].map(([, role]) => role).toSorted()).toEqual(roles.toSorted());
});

it('deploys, prints and destroys stacks that there are', () => {
  const commands = page.match(/npx cdk (deploy|destroy|synth) [^\n`]*/g) ?? [];
  const named = commands.flatMap((command) => command.match(/\bEksKubeletAudit\w*/g) ?? []);
  expect(new Set(named)).toEqual(new Set(Object.keys(templates)));
});

it('gives parameters that the member stacks have, and asks for outputs that the hub has', () => {
  const parameters = keysOf('Parameters', /Member$/);
  const given = written(/(?<!--deployment-targets )\b([A-Z][a-z]\w+)=(?:HUB|o-|…|[a-z]{2}-)/g);
  expect(given.length).toBeGreaterThan(3);
  expect(parameters).toEqual(expect.arrayContaining(given));
  expect(keysOf('Outputs', /^EksKubeletAudit$/)).toEqual(expect.arrayContaining(written(/\$\(output (\w+)\)/g)));
});
