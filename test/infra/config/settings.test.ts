import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { benchmarks, parseSettings, SettingsError, settingsFromContext } from '../../../infra/config/settings.ts';
import { benchmarks as knownBenchmarks } from '../../../lambda/core/control.ts';

describe('settings of the deployment', () => {
  it('deploys with nothing written', () => {
    expect(parseSettings({})).toEqual({
      schedule: 'cron(0 5 * * ? *)',
      timeZone: 'UTC',
      sources: ['configz', 'ssm'],
      everySource: false,
      controls: [],
      benchmark: 'cis-eks-1.8.0',
      scope: 'node-group',
      concurrency: 20,
      nodeTimeout: '10s',
      publish: true,
      logRetentionDays: 90,
    });
  });

  it('takes what is written over the default', () => {
    expect(parseSettings({ sources: ['ssm'], timeZone: 'Europe/Berlin' })).toMatchObject({
      sources: ['ssm'],
      timeZone: 'Europe/Berlin',
    });
  });

  it('reads them from the context of cdk.json', () => {
    const app = new App({ context: { 'eks-kubelet-audit': { scope: 'cluster' } } });
    expect(settingsFromContext(app.node).scope).toBe('cluster');
  });

  it('needs none in the context', () => {
    expect(settingsFromContext(new App().node).scope).toBe('node-group');
  });

  it('finds those of the repository correct', () => {
    const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
    expect(() => parseSettings(context['eks-kubelet-audit'])).not.toThrow();
  });

  it('knows the benchmarks that the program knows', () => {
    expect(benchmarks).toEqual(knownBenchmarks);
  });

  it.each([
    [{ shedule: 'rate(1 day)' }, "unknown field 'shedule' in context 'eks-kubelet-audit'; did you mean 'schedule'?"],
    [{ TimeZone: 'UTC' }, "did you mean 'timeZone'?"],
    [{ colour: 'red' }, 'known fields are schedule, timeZone, sources'],
    [{ schedule: 'daily' }, '\'schedule\' is "daily": not a schedule; write it as "cron(0 5 * * ? *)"'],
    [{ timeZone: 'Mars/Olympus' }, '\'timeZone\' is "Mars/Olympus": not a time zone'],
    [{ sources: [] }, "'sources' is []"],
    [{ sources: ['tls'] }, '\'sources.0\' is "tls"'],
    [{ everySource: 'yes' }, '\'everySource\' is "yes"'],
    [{ everySource: true, sources: ['ssm'] }, "'everySource' is true: it compares what sources read"],
    [{ benchmark: '1.8' }, '\'benchmark\' is "1.8": not a benchmark'],
    [{ benchmark: 'cis-eks-9.9.9' }, 'one of cis-eks-1.2.0'],
    [{ concurrency: 0 }, "'concurrency' is 0"],
    [{ concurrency: '20' }, '\'concurrency\' is "20"'],
    [{ nodeTimeout: '10' }, '\'nodeTimeout\' is "10": not a duration'],
    [{ publish: 'yes' }, '\'publish\' is "yes"'],
    [{ logRetentionDays: 31 }, "'logRetentionDays' is 31"],
    [{ logRetentionDays: 9999 }, "'logRetentionDays' is 9999"],
    ['everything', "context 'eks-kubelet-audit' must be an object"],
  ])('refuses %j and says what to write', (written, message) => {
    expect(() => parseSettings(written)).toThrow(SettingsError);
    expect(() => parseSettings(written)).toThrow(message);
  });

  it.each(Object.entries(parseSettings({})))('documents %s with its default', (field, value) => {
    const written = JSON.stringify(value)
      .replaceAll('","', '", "')
      .replace(/^"(.*)"$/, '$1');
    const page = readFileSync('docs/deploy.md', 'utf8').replaceAll(/ +\|/g, ' |');
    expect(page).toContain(`| \`${field}\` | \`${written}\` |`);
  });

  it('names everything that is wrong at once', () => {
    expect(() => parseSettings({ scope: 'pod', concurrency: 1000 })).toThrow(/'scope'.*\n.*'concurrency'/);
  });
});
