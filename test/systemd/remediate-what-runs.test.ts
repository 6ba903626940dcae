import { afterAll, describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../lab/kubernetes/certificates.ts';
import { everyFile } from './killed-script.ts';
import {
  al2,
  configPath,
  current,
  deployedScript,
  dropIn,
  dropIns,
  fixedConfiguration,
  givesUpSoon,
  mainPid,
  openConfiguration,
  remediate,
  runningConfiguration,
  sharedNodes,
  timers,
  unitPath,
  withArguments,
  withCa,
  withNode,
} from './kubelet-node.ts';
import { underSystemd } from './real-systemd.ts';

const another = new CertificateAuthority('another');
const feeling = (mood: string) => al2({ '/etc/kubelet-mood': mood, '/etc/other-ca.crt': another.pem });
const unit = String(al2()[unitPath]);
const kernelDefaults = { controls: ['kubelet-protect-kernel-defaults'] };
const both = { controls: ['kubelet-client-ca-file', 'kubelet-anonymous-auth'] };

describe('a change is kept only for a kubelet that stays well', underSystemd, () => {
  it.each([
    ['ends some seconds after it was well', 'dies 2', 5],
    ['ends later than that, where more is asked for', 'dies 7', 10],
    ['answered once and never again', 'hangs', 5],
    ['says every other time that it is sick', 'relapses', 5],
  ])('and not where it %s', (_, mood, stableSeconds) =>
    withNode(feeling(mood), async (node) => {
      const before = everyFile(node);

      const answer = await remediate(node, { stableSeconds }, givesUpSoon());

      expect(answer).toMatchObject({ outcome: 'restored', reason: 'not-back' });
      expect(answer.words).toContain(`no process of the kubelet was well for ${stableSeconds} seconds`);
      expect(await runningConfiguration(node)).not.toMatchObject(withCa);
      expect(everyFile(node)).toEqual(before);
      expect(node.exists(current)).toBe(false);
    }),
  );

  it('by the number of its restarts, too, where its process has the same number again', () =>
    withNode(al2(), async (node) => {
      // Every other look shows one restart more.
      const looks = 'n=$((${n:-0} + 1)); same="$pid $((n / 2))"';
      const script = givesUpSoon().replace('same="$pid $(shown NRestarts)"', looks);
      expect(await remediate(node, {}, script)).toMatchObject({ outcome: 'restored', reason: 'not-back' });
    }));

  it('and not where it ended after it had been well', () =>
    withNode(al2(), async (node) => {
      const script = deployedScript()
        .replace(/^if ! effective=/m, 'systemctl restart kubelet.service 9>&-\nwhile ! answers; do sleep 0.1; done\n$&')
        .replace(/^step\(\)/m, () => 'answers() { [ "$(shown MainPID)" != "$well" ]; }\nstep()');
      const answer = await remediate(node, {}, script);
      expect(answer).toMatchObject({ outcome: 'restored', reason: 'not-back' });
      expect(answer.words).toContain('the kubelet ended after it had been well');
    }));

  it('and also where its machine is so busy that every other answer does not come in time', () =>
    withNode(feeling('hesitates'), async (node) => {
      expect(await remediate(node)).toMatchObject({ outcome: 'changed', reason: 'confirmed' });
    }));

  it('and not for another process that answers in its place', () =>
    withNode({ ...feeling('refuses'), [unitPath]: unit.replace('Restart=always\n', '') }, async (node) => {
      node.write(
        '/opt/impostor.mjs',
        `import { createServer } from 'node:http';
         const serve = () => createServer((_, response) => response.end('ok')).on('error', () => setTimeout(serve, 20)).listen(10248, '127.0.0.1');
         serve();
         setTimeout(() => process.exit(0), 60_000);`,
      );
      const impostor = node.spawn(['/opt/node', '/opt/impostor.mjs']);

      // Not even for a moment: no process of the kubelet is there that could be looked at.
      expect(await remediate(node)).toMatchObject({ reason: 'not-back' });
      impostor.kill();
      expect(node.read(configPath)).toBe(openConfiguration);
    }));
});

describe('what the kubelet runs with is seen, and not read in a file', underSystemd, () => {
  it.each([
    ['asks nobody', 'asks-nobody', 'asks nobody for a certificate'],
    ['names another CA', 'believes-another', 'does not name that CA'],
  ])('and one that %s gets its files back', (_, mood, words) =>
    withNode(feeling(mood), async (node) => {
      const before = everyFile(node);
      const answer = await remediate(node);

      expect(answer).toMatchObject({ outcome: 'restored', reason: 'not-effective' });
      expect(answer.words).toContain(words);
      expect(everyFile(node)).toEqual(before);
    }),
  );

  it('one whose files are right and that asks nobody for a certificate is refused', () =>
    withNode({ ...feeling('asks-nobody'), [configPath]: fixedConfiguration }, async (node) => {
      const answer = await remediate(node);
      expect(answer).toMatchObject({ outcome: 'refused', reason: 'not-effective' });
      expect(answer.words).toContain('asks nobody');
    }));

  it('and one that cannot be asked was restarted, and nothing is confirmed', () =>
    withNode(feeling('has-no-certificate'), async (node) => {
      const { outcome, reason, words } = await remediate(node);
      expect(`${outcome}, ${reason}: ${words}`).toMatch(/^changed, restarted: .*not confirmed yet/);
      expect(await runningConfiguration(node)).toMatchObject(withCa);
      const second = await remediate(node);
      expect(second.outcome).toBe('already');
      expect(second.words).not.toContain('asks for certificates');
    }));

  it('a restart that SSM announced and that did not happen is none', () =>
    withNode(al2(), async (node) => {
      await node.replaceProgram('/usr/bin/systemctl', '[ "$1" != restart ] || exit 0');

      // No handshake shows this setting.
      const answer = await remediate(node, kernelDefaults);
      expect(answer).toMatchObject({ outcome: 'restored', reason: 'not-effective' });
      expect(answer.words).toContain('it was not restarted since');
      await node.restoreProgram('/usr/bin/systemctl');
      expect(node.read(configPath)).toBe(openConfiguration);
    }));
});

describe('asked to confirm, it', underSystemd, () => {
  it('changes nothing, and succeeds only where all is as wanted; other values are not confirmed by a handshake', () =>
    withNode(al2(), async (node) => {
      const before = [...node.tree('/etc')];
      const pid = await mainPid(node);
      const said = async (asked: Parameters<typeof remediate>[1] = {}) => {
        const { outcome, reason, status, words } = await remediate(node, asked);
        return `${outcome} ${reason} ${status}: ${words}`;
      };
      const confirm = { mode: 'keep' } as const;

      expect(await said(confirm)).toMatch(/^refused not-as-wanted 10:/);
      expect([...node.tree('/etc')]).toEqual(before);
      expect(await mainPid(node)).toBe(pid);

      const asks = 'it asks for certificates of the client CA';
      expect(await said()).toMatch(new RegExp(`^changed confirmed 0: the kubelet was restarted .* ${asks}$`));
      expect(await said(confirm)).toMatch(new RegExp(`^already .* 0: .* ${asks}$`));
      const anonymous = { controls: ['kubelet-anonymous-auth'], trust: [] };
      expect(await said(anonymous)).toMatch(/^changed restarted 0: .*not confirmed yet/);
      expect(await said({ ...anonymous, ...confirm })).toMatch(
        /^already .* 0: .*; that it runs with that is not confirmed yet$/,
      );
      const others = 'the other values are not confirmed yet';
      expect(await said({ ...both, ...confirm })).toMatch(new RegExp(`; ${asks}; ${others}$`));
      const three = { controls: [...both.controls, ...kernelDefaults.controls] };
      expect(await said(three)).toMatch(new RegExp(`^changed restarted 0: .*${others}`));
      expect(await timers(node)).toBe('');
    }));
});

describe('null or nothing in a drop-in', underSystemd, () => {
  const files = { ...withArguments(`--config-dir=${dropIns}`), [configPath]: fixedConfiguration };
  const shared = sharedNodes(al2({ ...files, [`${dropIns}/50.conf`]: dropIn({}) }));
  afterAll(shared.close);

  it.each([
    ['in place of the parent', 'null', { authentication: { x509: null } }, 'client-ca-file'],
    ['in place of the value', 'null', { authentication: { x509: { clientCAFile: null } } }, 'client-ca-file'],
    ['a zero', 'odd-value', { streamingConnectionIdleTimeout: '0s' }, 'streaming-timeout'],
    ['an empty mode', 'odd-value', { authorization: { mode: '' } }, 'authorization-mode'],
  ])('means another thing in each version, and is left to a person: %s', (_, reason, settings, control) =>
    shared.use(async (node) => {
      node.write(`${dropIns}/50.conf`, dropIn(settings));
      const controls = [`kubelet-${control}`];
      expect(await remediate(node, { controls })).toMatchObject({ outcome: 'refused', reason });
    }),
  );

  it('is left to a person in any drop-in of a kubelet that merges in a way of its own', () => {
    const alpha = unit.replace('[Service]\n', '$&Environment=KUBELET_CONFIG_DROPIN_DIR_ALPHA=1\n');
    const machine = al2({ ...files, [unitPath]: alpha, [`${dropIns}/50.conf`]: dropIn({ readOnlyPort: 0 }) });
    return withNode(machine, async (node) => {
      expect(await remediate(node)).toMatchObject({ outcome: 'refused', reason: 'old-drop-ins' });
    });
  });
});
