import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { expect, it } from 'vitest';
import { SettingsError } from '../../../infra/config/settings.ts';
import { settingsFileOf, settingsFromFile } from '../../../infra/config/settings-file.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const folder = temporaryFolder();

const settingsFromContext = (app: App) => settingsFromFile(settingsFileOf(app.node));

const settingsIn = (text: string) => {
  const file = join(folder, 'prod.yaml');
  writeFileSync(file, text);
  return settingsFromContext(new App({ context: { 'eks-kubelet-audit': file } }));
};

it('reads the file that the context names', () => {
  expect(settingsIn('scope: cluster\n').scope).toBe('cluster');
});

it('finds the file of waivers beside it', () => {
  expect(settingsIn('waivers: waivers.yaml\n').waivers).toBe(join(folder, 'waivers.yaml'));
  expect(settingsIn('scope: cluster\n').waivers).toBeUndefined();
  expect(() => settingsIn('waivers: ""\n')).toThrow('\'waivers\' is "": names no file; leave it out');
});

it('takes a file of comments for the defaults', () => {
  expect(settingsIn('# scope: cluster\n').scope).toBe('node-group');
});

it('is named by cdk.json', () => {
  const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
  expect(() => settingsFromContext(new App({ context }))).not.toThrow();
});

it('names the line of what is no YAML', () => {
  expect(() => settingsIn('scope: cluster\nregions: [eu-west-1\n')).toThrow(SettingsError);
  expect(() => settingsIn('scope: cluster\nregions: [eu-west-1\n')).toThrow(
    /prod\.yaml:3: .*a bracket before it is not closed/,
  );
});

it('names the file and the field of a wrong value', () => {
  expect(() => settingsIn('scope: pod\n')).toThrow(/prod\.yaml: 'scope' is "pod": not a scope/);
});

it('says how to name a file when there is none', () => {
  const app = new App({ context: { 'eks-kubelet-audit': 'nowhere.yaml' } });
  expect(() => settingsFromContext(app)).toThrow(
    "cannot read the settings in 'nowhere.yaml'; name a file with -c eks-kubelet-audit=FILE",
  );
});

it.each([[undefined], [{ scope: 'cluster' }], ['']])('refuses %j in the context', (written) => {
  const app = new App({ context: { 'eks-kubelet-audit': written } });
  expect(() => settingsFromContext(app)).toThrow('it names the file of settings; write "deployment.yaml"');
});

it.each([
  ['scope: node\nscope: cluster\n', 2, 'this field is there twice'],
  ['securityHub:\n\tinsights: false\n', 2, 'a tab is before the field'],
  ['organization:\n    id: o-1\n  units: []\n', 3, 'begins in the wrong column'],
  ['operatorRole: *Admin\n', undefined, 'takes for a reference'],
  ['operatorRole: @admin\n', 1, 'keeps for itself'],
  ['schedule: rate(1 day) timeZone: UTC\n', 1, 'two fields stand in one line'],
  ['regions: [eu-west-1]]\n', 1, 'there is something where nothing is expected'],
  ['scope: "node\n', 2, 'something is not closed'],
  ['waivers: "C:\\waivers.yaml"\n', 1, 'there is a backslash in double quotes'],
  ['regions: [\n  - eu-west-1 ]\n', 2, 'a list with dashes is within brackets'],
  ['scope: node\ntimeZone\nschedule: rate(1 day)\n', 2, 'the colon after it may be missing'],
  ['scope: node\n---\ntimeZone: UTC\n', 2, 'the file holds several documents'],
  ['%YAML 1\n---\nscope: node\n', 1, 'this is no YAML; write fields one a line'],
])('says in plain words what is wrong with %j', (text, line, words) => {
  expect(() => settingsIn(text)).toThrow(SettingsError);
  expect(() => settingsIn(text)).toThrow(`prod.yaml:${line === undefined ? '' : `${line}:`} `);
  expect(() => settingsIn(text)).toThrow(words);
});
