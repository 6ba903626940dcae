import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planRemediation } from '../../../../lambda/core/fix/remediation/plan-remediation.ts';
import { planFiles, planText } from '../../../../lambda/core/fix/remediation/plan-text.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import { nodeKinds, type Origin } from '../../../../lambda/core/model/model.ts';
import { audited, bad, judgedNode, nodeOfKind, seen } from './failing-audit.ts';

const inShell = ["'; reboot #", '$(reboot)', '`reboot`', '"\n--BOUNDARY--\n', '</powershell>'];
const odd = fc.constantFrom(...inShell, '\u001b[2J', '../../etc/shadow', '\u202e');
const said = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), odd).map((text) => `EVIL!${text}EVIL!`);
const originOf = fc.constantFrom<(file: string) => Origin>(
  (file) => ({ from: 'file', file: `/etc/kubernetes/${file}` }),
  (file) => ({ from: 'drop-in', file }),
  (file) => ({ from: 'default', of: 'configuration file', deletedBy: `/etc/kubernetes/${file}` }) as Origin,
  () => ({ from: 'flag', flag: 'feature-gates' }),
);

describe('what a node says', () => {
  it('reaches no command, no snippet and no file name, and the terminal only as printable text', () => {
    fc.assert(
      fc.property(fc.constantFrom(...nodeKinds), said, originOf, (kind, text, of) => {
        const origin = of(text);
        const facts = seen(kind, {
          settings: {
            'authentication.x509.clientCAFile': { value: '', origin },
            'authorization.mode': { value: 'AlwaysAllow', origin },
            readOnlyPort: { value: bad.readOnlyPort, origin },
          },
          files: {
            config: { state: 'known', path: `/etc/kubernetes/${text}`, mode: 0o666, owner: text, group: text },
            kubeconfig: { state: 'known', path: text, mode: 0o777, owner: 'root', group: text },
          },
          clientCa: { state: 'gone', path: `/etc/kubernetes/${text}` },
          hostnameOverride: text,
        });
        const named = { kind: 'self-managed', name: text } as const;
        const from = { group: named, launchTemplate: { id: text, version: text } };
        const node = nodeOfKind(kind, 1, { key: text, name: text, osImage: text, ...from });
        const plan = planRemediation(audited([judgedNode({ facts }, node)]), { controls });
        const [group] = plan.groups;

        const commands = group!.steps.flatMap((step) => step.commands);
        const files = [...planFiles(plan)];
        expect(commands.join('\n')).not.toContain('EVIL!');
        expect(files.map((each) => each.text).join('\n')).not.toContain('EVIL!');
        for (const { path } of files) for (const part of path) expect(part).toMatch(/^[A-Za-z0-9][A-Za-z0-9._~-]*$/);

        const shown = planText(plan, { width: 100, bold: (each) => each });
        expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 150 },
    );
  });

  it('that AWS passed on as a tag of two groups gives them two folders', () => {
    const port = { readOnlyPort: { value: 10255, origin: { from: 'default', of: 'no configuration file' } } } as const;
    const facts = seen('al2', { settings: port });
    const named = (name: string, at: number) => nodeOfKind('al2', at + 1, { group: { kind: 'self-managed', name } });
    const groups = ['a/b', 'a b', 'a-b', '..'].map((name, at) => judgedNode({ facts }, named(name, at)));
    const files = [...planFiles(planRemediation(audited(groups), { controls }))];

    expect(new Set(files.map(({ path }) => path.join('/'))).size).toBe(files.length);
    expect(new Set(files.map(({ path: [folder] }) => folder)).size).toBe(4);
  });
});
