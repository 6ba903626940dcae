import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compacted,
  nodeTimings,
  remediateKubeletDocument,
  remediationScript,
} from '../../../../infra/documents/remediation/remediate-kubelet.ts';
import { fixableSlugs } from '../../../../infra/documents/remediation/remediate-parameters.ts';
import { remedyMarker } from '../../../../lambda/contract/remediation-names.ts';
import { wantedValue } from '../../../../lambda/core/fix/remediation/node-places.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import { type SettingPath, settingPaths, settings } from '../../../../lambda/core/model/settings.ts';
import { isInstalled } from '../is-installed.ts';

const document = remediateKubeletDocument();
const deployed = document.mainSteps[0]?.inputs.runCommand.join('\n') ?? '';
const between = (script: string, mark: string): string => script.split(`<<'${mark}'\n`)[1]?.split(`${mark}\n`)[0] ?? '';
/** What the script and the rescue share, and the program that puts a node back, as the script writes it there. */
const common = between(remediationScript(), 'END_OF_COMMON');
const rescue = `${common}${between(remediationScript(), 'END_OF_RESCUE')}`;
/** With the shared part in its place, for readers that do not follow `eval`. */
const whole = remediationScript().replace(/^common_text\(\) \{.*?^eval .*?\n/ms, () =>
  common.replace('#!/bin/sh\n', ''),
);

describe('the document', () => {
  it('fits into SSM, and has one step for Linux that ends after the rollback has fired', () => {
    // Of 64 KB, as CloudFormation passes it on and as it is indented when it is written again: there is room for some more controls.
    const bytes = Buffer.byteLength(JSON.stringify(document));
    expect(bytes, `the document has ${bytes} bytes of 65,536`).toBeLessThanOrEqual(0.98 * 65_536);
    expect(Buffer.byteLength(JSON.stringify(document, null, 1))).toBeLessThan(0.98 * 65_536);
    expect(document.mainSteps).toHaveLength(1);
    expect(document.mainSteps[0]).toMatchObject({
      action: 'aws:runShellScript',
      precondition: { StringEquals: ['platformType', 'Linux'] },
    });
    expect(Number(document.mainSteps[0]?.inputs.timeoutSeconds)).toBeGreaterThan(
      nodeTimings.rollbackAfter + 600 + nodeTimings.lockWithin,
    );
  });

  it('hands every parameter over in the environment, and puts it into the text for old agents only, once and quoted', () => {
    const names = ['Controls', 'CaSha256', 'Mode', 'StableSeconds', 'Run', 'Touched'];
    expect(Object.keys(document.parameters)).toEqual(names);
    for (const [name, parameter] of Object.entries(document.parameters)) {
      expect(parameter).toMatchObject({ type: 'String', interpolationType: 'ENV_VAR' });
      expect('allowedPattern' in parameter || 'allowedValues' in parameter).toBe(true);
      expect(deployed).toContain(`: "\${SSM_${name}={{${name}}}}"\n`);
    }
    expect(deployed.match(/\{\{[^}]*\}\}/g)).toHaveLength(6);
  });

  it('takes names and fingerprints and nothing else', () => {
    const { Controls, CaSha256 } = document.parameters as Record<string, { allowedPattern: string }>;
    const pattern = (text = '') => new RegExp(text);
    const names = pattern(Controls?.allowedPattern);
    const prints = pattern(CaSha256?.allowedPattern);

    expect(names.test(fixableSlugs.join(','))).toBe(true);
    for (const each of fixableSlugs) expect(names.test(each)).toBe(true);
    expect(prints.test('')).toBe(true);
    expect(prints.test(`${'a'.repeat(64)},${'0'.repeat(64)}`)).toBe(true);
    const [one = '', two = ''] = fixableSlugs;
    for (const wrong of ['', 'kubelet-hostname-override', `${one},`, `${one},,${two}`, `${one}${two}`, `${one}\n`])
      expect(names.test(wrong)).toBe(false);
    for (const wrong of ['a', 'A'.repeat(64), 'a'.repeat(65), `${'a'.repeat(64)},`])
      expect(prints.test(wrong)).toBe(false);
    fc.assert(
      fc.property(fc.string(), (text) => {
        const safe = /^[a-z0-9,-]*$/.test(text);
        expect(names.test(text) && !safe).toBe(false);
        expect(prints.test(text) && !safe).toBe(false);
      }),
    );
  });
});

describe('the script', () => {
  it('differs between a node and a test in its timings only', () => {
    const test = remediationScript({
      rollbackAfter: 1,
      againAfter: 2,
      healthWithin: 3,
      settledWithin: 4,
      pause: 5,
      keepWithin: 7,
      lockWithin: 6,
    }).split('\n');
    const numbers = (line = '') => line.split(/[^0-9]+/);
    const without = (line = '') => line.replaceAll(/[0-9]+/g, '#');
    const lines = remediationScript().split('\n');

    expect(lines.map(without)).toEqual(test.map(without));
    expect(
      lines.flatMap((line, index) => numbers(line).filter((each, at) => each !== numbers(test[index])[at])).map(Number),
    ).toEqual([120, 120, 90, 10, 2, 330, 120, 10, 420, 10, 10, 450]);
  });

  describe.skipIf(!isInstalled('gawk') || !isInstalled('bash'))('as deployed is the one that is read here', () => {
    const inlineAwk = /\bawk [^'\n]*'(\{?\n[^']*)'/g;
    /** As its own shell writes it: without comments, and with its own indentation. */
    const shellForm = (script: string): string => {
      const shell = script
        .replaceAll(/(<<'(END_OF_[A-Z]+)'.*\n)(?:.*\n)*?\2\n/g, '$1$2\n')
        .replaceAll(inlineAwk, 'awk');
      const { stdout, stderr, status } = spawnSync('bash', ['-c', `whole() {\n${shell}\n}\ndeclare -f whole`], {
        encoding: 'utf8',
      });
      expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
      return stdout;
    };
    const awkForm = (program: string): string => {
      const { stdout, stderr } = spawnSync('gawk', ['--pretty-print=-', program.replaceAll(/^ *#.*\n/gm, '')], {
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      return stdout;
    };

    it.each([
      ['the script', (script: string) => script],
      ['what the rescue shares', (script: string) => between(script, 'END_OF_COMMON')],
      ['the rescue', (script: string) => between(script, 'END_OF_RESCUE')],
    ])('in its shell: %s', (_, part) => {
      const form = shellForm(part(deployed));
      expect(form.length).toBeGreaterThan(500);
      expect(form).toBe(shellForm(part(remediationScript(nodeTimings))));
    });

    it('in its awk', () => {
      const programs = (script: string): readonly string[] => [
        between(script, 'END_OF_SETTINGS'),
        between(script, 'END_OF_ARGUMENTS'),
        ...[...script.matchAll(inlineAwk)].map(([, program = '']) => program),
      ];
      const forms = programs(deployed).map(awkForm);
      expect(forms.length).toBeGreaterThan(3);
      expect(forms).toEqual(programs(remediationScript(nodeTimings)).map(awkForm));
    });
  });

  it('begins its answer with the marker that the program looks for', () => {
    expect(deployed).toContain(`text="${remedyMarker}\n`);
  });

  it('fixes every control of the catalogue that is a setting or a file, and no other', () => {
    const mendable = controls.filter(({ about }) => about.kind === 'setting' || about.kind === 'file');

    expect([...fixableSlugs]).toEqual(mendable.map(({ slug }) => slug));
    for (const { slug, about } of mendable) {
      const line = remediationScript()
        .split('\n')
        .find((each) => each.trim().startsWith(`${slug}) `));
      expect(line).toContain(
        about.kind === 'setting' ? `setting ${about.setting} ;;` : ` ${about.kind === 'file' ? about.file : ''}:`,
      );
      if (about.kind === 'setting') expect(remediationScript()).toContain(`\n    ${about.setting}) flag=`);
    }
  });

  it('knows each setting by its own flag, and wants the value that a plan shows', () => {
    const table = [...remediationScript().matchAll(/^ {4}([\w.]+)\) flag=([a-z-]+) (?:kind=\w+ )?wanted=(\S+)/gm)];

    expect(table.map(([, path]) => path).sort()).toEqual(
      // Those without a control are fixed beside one that has.
      [...settingPaths].sort(),
    );
    for (const [, path, flag, wanted] of table) {
      expect(flag).toBe(settings[path as SettingPath].flag);
      expect(wanted).toBe(String(wantedValue(path as SettingPath, '$ca')));
    }
  });

  it.each(['dash', 'bash', 'busybox'].filter(isInstalled))('can be read by %s, as deployed', (shell) => {
    for (const script of [deployed, compacted(rescue)]) {
      const command = shell === 'busybox' ? ['busybox', 'sh', '-n'] : [shell, '-n'];
      const { stderr, status } = spawnSync(command[0] ?? '', command.slice(1), { input: script, encoding: 'utf8' });
      expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    }
  });

  it.skipIf(!isInstalled('shellcheck')).each([
    ['the script', whole],
    ['the rescue', rescue],
  ])('passes shellcheck as POSIX sh: %s', (_, script) => {
    const checked = spawnSync('shellcheck', ['-s', 'sh', '-'], { input: script, encoding: 'utf8' });

    expect(checked.stdout).toBe('');
    expect(checked.status).toBe(0);
  });

  it('says what is wrong with a node that it cannot fix, wherever it runs', () => {
    const usual = { SSM_CaSha256: '', SSM_StableSeconds: '60', SSM_Run: 'a-run', SSM_Touched: 'refuse' };
    const { stdout, status } = spawnSync('sh', ['-c', deployed], {
      encoding: 'utf8',
      env: { ...usual, SSM_Controls: 'kubelet-reboot', SSM_Mode: 'dry-run' },
    });

    expect(stdout).toBe(
      `${remedyMarker}\noutcome=refused\nreason=bad-parameter\nwords=kubelet-reboot is no control that is fixed on a node\nend=4\n`,
    );
    expect(status).toBe(0);
  });
});
