import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { remediationPart } from '../../../../infra/documents/remediation/remediate-kubelet.ts';
import { partNames } from '../../../mutation/remedy/mutation.ts';
import { seconds } from '../../../patience.ts';

/** Runs lines of shell behind parts of the script, in a folder with one file of arguments. */
function sh(parts: readonly string[], lines: string, { given = '', variables = '' } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'script-'));
  try {
    writeFileSync(join(folder, 'arguments'), given);
    const script = [`set -eu\ncd '${folder}'\ntab=$(printf '\\t')\n${variables}`, ...parts.map(remediationPart), lines];
    return spawnSync('sh', ['-c', script.join('\n').replaceAll('@ROLLBACK_AFTER@', '9')], {
      encoding: 'utf8',
      input: given,
      // It only ends a program that loops for ever.
      timeout: seconds(120),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the exit code', () => {
  const codes = { changed: 0, already: 0, 'dry-run': 0, refused: 0, restored: 11, failed: 12, 'a word of its own': 12 };
  it.each(['apply', 'undo', 'put-back', 'keep', 'dry-run'] as const)(
    'in mode %s says whether the next node may be begun',
    (mode) => {
      for (const [outcome, code] of Object.entries(codes)) {
        const variables = `SSM_Mode=${mode} home=/nowhere current=/nowhere`;
        const { status, stdout } = sh(['answer.sh'], `finish '${outcome}' reason words`, { variables });
        const wanted = mode === 'keep' && outcome === 'refused' ? 10 : code;
        expect([outcome, status], stdout).toEqual([outcome, wanted]);
      }
    },
  );
});

/** Whatever may hang or outlive the script: each is started without the lock's descriptor. */
const children =
  /(?:^\s*|[|&;({]\s*|\$\(\s*|\b(?:if|then|else|do|while|until|!)\s+)(?:[A-Za-z_]+=\S* +)?(systemctl|systemd-run|curl|timeout|sleep|journalctl|openssl s_client|sh (?!"\$home\/rescue\.sh" restore))\b/;

const count = (line: string, pattern: RegExp): number => [...line.matchAll(new RegExp(pattern, 'g'))].length;

it('no child but the rescue inherits the lock: one that hangs would keep every other run out', () => {
  const heirs = partNames
    .filter((name) => name.endsWith('.sh'))
    .flatMap((name) => {
      const lines = remediationPart(name)
        .replaceAll(/<<'END_OF_[A-Z]+'\n[\s\S]*?\nEND_OF_[A-Z]+\n/g, '\n')
        .replaceAll(/\\\n\s*/g, ' ')
        .split('\n');
      const isHeir = (line: string) => count(line, children) > count(line, /9>&-/);
      return lines
        .filter((line) => !/^\s*#|ExecStart=|command -v/.test(line) && isHeir(line))
        .map((line) => `${name}: ${line.trim()}`);
    });
  expect(heirs).toEqual([]);
});

describe('certificates', () => {
  const pem = (block: string) =>
    `-----BEGIN CERTIFICATE-----\n${block.replaceAll(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
  const der = (size: number, byte: number) =>
    Buffer.concat([Buffer.from([0x30, 0x82, size >> 8, size & 255]), Buffer.alloc(size, byte)]).toString('base64');
  const read = (text: string) => sh(['client-ca.sh'], 'certificates', { given: text }).stdout.trimEnd().split('\n');

  it('are what is as long as it says, and one of which a character is lost, added or another is none', () => {
    const broken = fc.record({
      size: fc.integer({ min: 200, max: 5_000 }),
      byte: fc.nat(255),
      share: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      change: fc.constantFrom('lost', 'added', '=', '-'),
    });
    fc.assert(
      fc.property(broken, ({ size, byte, share, change }) => {
        const whole = der(size, byte);
        // What is padding already is not another character.
        const at = Math.floor(share * (whole.length - 4));
        const middle = { lost: '', added: `${whole[at]}A`, '=': '=', '-': '-' }[change];
        const spoilt = whole.slice(0, at) + middle + whole.slice(at + 1);
        expect(read(pem(whole) + pem(spoilt) + pem(whole))).toEqual([whole, '!', whole]);
      }),
      { numRuns: 60 },
    );
  });

  it('are trusted of a file that is there, is not too large and has each of them', () => {
    const sums = [1, 2].map((byte) =>
      createHash('sha256')
        .update(Buffer.from(der(300, byte), 'base64'))
        .digest('hex'),
    );
    const text = pem(der(300, 1)) + pem(der(300, 2));
    const holds = (trust: string, before = ':', path = 'arguments') =>
      sh(['client-ca.sh'], `${before}; holds_trust ${path} && echo yes || echo no`, {
        given: text,
        variables: `trust='${trust}'`,
      }).stdout.trim();
    expect([holds(`${sums[0]}`), holds(sums.join(' ')), holds(`${'0'.repeat(64)} ${sums[1]}`), holds('')]).toEqual([
      'yes',
      'yes',
      'no',
      'no',
    ]);
    expect([holds(sums.join(' '), ':', 'none'), holds(sums.join(' '), 'mkdir folder', 'folder')]).toEqual(['no', 'no']);
    const filledTo = (size: number) => `truncate -s ${size} arguments`;
    expect([holds(`${sums[0]}`, filledTo(262_144)), holds(`${sums[0]}`, filledTo(262_145))]).toEqual(['yes', 'no']);
  });
});

describe('the last word of a flag', () => {
  it.each([
    ['is the last one', ['--client-ca-file=/a', '--client-ca-file', '/b'], 'set /b'],
    ['ends at --', ['--client-ca-file=/a', '--', '--client-ca-file=/b'], 'set /a'],
    ['is none behind --', ['--', '--client-ca-file=/b'], 'unset'],
    ['is odd where -- may be a value', ['--provider-id', '--', '--client-ca-file=/b'], 'odd'],
    ['is odd where it may be the value of the word before', ['--provider-id', '--client-ca-file=/b'], 'odd'],
    ['is no value of a switch', ['--anonymous-auth', '--client-ca-file=/b'], 'set /b'],
    ['is no value of a switch with underscores', ['--anonymous_auth', '--client-ca-file=/b'], 'set /b'],
    ['may be spelled with underscores', ['--client_ca_file=/b'], 'set /b'],
  ])('%s', (_, words, said) => {
    const given = ['/usr/bin/kubelet', ...words].map((word) => `${word}\n`).join('');
    expect(sh(['effective.sh'], 'flag_value client-ca-file string', { given }).stdout).toBe(`${said}\n`);
  });
});

describe('the value of the configuration file', () => {
  const gate = 'featureGates.RotateKubeletServerCertificate';
  it.each([
    ['of a gate is left to a person where all are set at once', gate, { AllBeta: false }, 'left gates-at-once'],
    ['of another setting counts beside gates that are set at once', 'readOnlyPort', { AllBeta: false }, 'file bad'],
    ['of a gate is false where it says null', gate, { RotateKubeletServerCertificate: null }, 'file bad'],
    ['of another setting is absent where it says null', 'eventRecordQPS', {}, 'absent good'],
    ['of a gate is on where the certificate is asked of the cluster', gate, {}, 'absent good', true],
    ['of a gate is not enough where the certificate is asked of nobody', gate, {}, 'absent bad', false],
  ])('%s', (_, setting, featureGates, said, serverTLSBootstrap = false) => {
    const given = JSON.stringify({ readOnlyPort: 10_255, eventRecordQPS: null, serverTLSBootstrap, featureGates });
    const files = `cat >config.json; config=$PWD/config.json; echo "$config" >sources; cat >settings.awk <<'END_OF_AWK'\n${remediationPart('settings.awk')}\nEND_OF_AWK`;
    const lines = `leave() { echo "left $1"; exit; }\n: >arguments\n${files}\nresolve ${setting}\necho "$source $verdict"`;
    expect(sh(['files.sh', 'effective.sh'], lines, { given }).stdout).toBe(`${said}\n`);
  });
});

describe('what was changed since the start', () => {
  const folders = ['etc/systemd/system', 'run/systemd/system', 'usr/lib/systemd/system'];
  it.each(folders)('has the folder of drop-ins of the unit in /%s', (folder) => {
    const dropIns = `${folder}/kubelet.service.d`;
    const variables = `mkdir -p root/${dropIns} root/proc/1; root=$PWD/root pid=1 settings=some config_directory= home=/nowhere; : >sources; : >units; : >programs; mounts_of() { echo '/ / ext4'; }`;
    const lines = `mounts_of() { echo '/ / ext4'; }\nbegan() { echo $(($(date +%s) - 3600)); }\nchanged_since`;
    const { stdout } = sh(['since-start.sh', 'changed-since.sh'], lines, { variables });
    expect(stdout.split('\n')).toContain(`edited-since /${dropIns}`);
    // Each path has one spelling, by which the script knows its own edits.
    expect(stdout).not.toMatch(/\/$/m);
  });
});

describe('a file that is written', () => {
  const stubs = `current=. number=1 why='' because=''
beside() { echo ./beside; }
sum() { sha256sum <"$1" | cut -c 1-64; }
persist() { :; }
echo new >new.1; echo old >file; : >blocked`;
  const ended = (how: string, path: string, { to = '$(sum new.1)', broken = '' } = {}) => {
    const call = `write_file ${how} ./${path} "$(sum file)" "${to}" - - 644 "$(id -u):$(id -g)"`;
    const lines = `${broken && `${broken}() { return 1; }`}\nif ${call}; then echo written; else echo failed; fi\nif [ -f file ]; then cat file; else echo gone; fi`;
    return sh(['apply.sh'], `${stubs}\n${lines}`).stdout.trim().replace('\n', ' ');
  };

  it('is as planned where every command succeeds', () => {
    expect(ended('edit', 'file')).toBe('written new');
    expect(ended('edit', 'file', { to: 'none' })).toBe('written gone');
  });

  it.each(['rm', 'ln', 'cp', 'cat', 'chown', 'chmod', 'mv'])('stays as it was where %s fails', (broken) => {
    // The last line shows the file, and so `cat` must fail for the new text alone.
    const name = broken === 'cat' ? `cat() { [ "$1" = file ] && command cat file; }; unused` : broken;
    expect(ended('edit', 'file', { broken: name })).toBe('failed old');
  });

  it('is a failure where its folder cannot be made, and where its end is not on disk', () => {
    expect(ended('create', 'blocked/file')).toBe('failed old');
    expect(ended('edit', 'file', { broken: 'persist' })).toBe('failed new');
    expect(ended('edit', 'file', { to: 'none', broken: 'persist' })).toBe('failed gone');
  });
});

describe('the rollback that is armed', () => {
  const made = 'home=/nowhere current=/nowhere stable=5 boot_unit=./unit boot_link=./wants/unit';
  const stubs = 'start_timer() { :; }; persist() { :; }';
  const armed = (broken: string) =>
    sh(
      ['apply.sh'],
      `${stubs}\n${broken && `${broken}() { return 1; }`}\nif arm; then echo armed; else echo failed; fi`,
      {
        variables: made,
      },
    ).stdout.trim();

  it('is armed where every command succeeds, and not where one fails', () => {
    expect(armed('')).toBe('armed');
    for (const broken of ['start_timer', 'printf', 'chmod', 'mkdir', 'ln', 'persist'])
      expect([broken, armed(broken)]).toEqual([broken, 'failed']);
  });
});

describe('arguments of the unit', () => {
  const stubs = `refuse() { echo "refused $1"; exit; }
our_file() { echo "looked at $1"; exit; }
our_text() { echo "text of $1"; exit; }; our_folder() { :; }; open_file() { echo "opened $1 $2"; exit; }; change() { :; }
systemctl() { :; }; leave() { refuse "$1"; }
shown() { [ "$1" != ExecStart ] || echo '{ path=./another ; argv'; }`;
  const ends = (lines: string, variables = '') =>
    sh(['arguments.sh'], `${stubs}\n${lines}`, { variables }).stdout.trim();

  it('name the program that starts the kubelet only where it is not the one that runs', () => {
    expect(ends('pid=$$; unit_files; cat programs')).toBe('./another');
  });

  it('are read from the environment files that are there', () => {
    const shown = ['./here (ignore_errors=no)', './none (ignore_errors=yes)', ''];
    const systemctl = `systemctl() { printf 'EnvironmentFiles=%s\\n' ${shown.map((each) => `'${each}'`).join(' ')}; }`;
    expect(ends(`${systemctl}; pid=$$; : >here; unit_files; cat units`)).toBe('e\t./here');
  });

  it('are in no file of an odd name', () => {
    const odd = 'shown() { [ "$1" != DropInPaths ] || echo "/etc/a;b.conf"; }';
    expect(ends(`${odd}; unit_files`)).toBe('refused path');
  });

  it('are replaced only in a file that is looked at before', () => {
    const one = `kind=string flag=f; arguments_of() { echo 1; }; printf 'u\\t./unit\\n' >units; may_edit() { :; }`;
    expect(ends(`${one}; replace_argument setting wanted`)).toBe('looked at ./unit');
    expect(ends(`${one}; our_file() { :; }; replace_argument setting wanted`)).toBe('text of ./unit');
  });

  it.each([
    ['is looked at before', ':', 'looked at ./unit'],
    ['is a text', 'our_file() { :; }', 'text of ./unit'],
    ['is one that is edited here', 'may_edit() { false; }', 'refused path'],
    ['is the one that sets it', "printf 'KUBELET_ARGS=a\\n' >>unit", 'refused argument-twice'],
    ['sets it', ': >unit', 'refused argument-form'],
  ])('are added to a file that %s', (_, made, ended) => {
    const given = `printf 'u\\t./unit\\n' >units; echo 'KUBELET_ARGS=--v=2' >unit; planned() { file=$1; }; may_edit() { :; }`;
    expect(ends(`${given}; ${made}; add_arguments`)).toBe(ended);
  });
});

it.each([
  ['/pki/ca.crt', 'file', '/etc/config.json', 'good: /pki/ca.crt'],
  ['pki/ca.crt', 'file', '/etc/config.json', 'good: /etc/pki/ca.crt'],
  ['pki/ca.crt', 'file', '/etc/config.json.d/10.conf', 'bad:'],
  ['pki/ca.crt', 'flag', '/etc/config.json', 'bad:'],
])('a client CA %s of a %s, %s, counts where the kubelet would find it', (path, from, file, ended) => {
  const variables = `config=/etc/config.json kind=string file=${file} looked=''; leave() { :; }`;
  const given = from === 'file' ? `string ${path}` : path;
  const lines = `holds_trust() { looked=$1; }; judge authentication.x509.clientCAFile ${from} '${given}'; echo "$verdict: $looked"`;
  expect(sh(['effective.sh'], lines, { variables }).stdout.trim()).toBe(ended);
});

it('a file that its reader can read and not write is left to a person', () => {
  const stubs = `kubelet_path() { :; }; our_file() { :; }; open_file() { number=1; : >new.1; }; format_of() { echo yaml; }
ends_with_newline() { echo 1; }; settings_of() { echo 'refused odd-form'; return 1; }; refuse() { echo "$1: $2"; exit; }`;
  const variables = "config=/none config_directory='' modes= kind=bool; : >file";
  const { stdout } = sh(['files.sh', 'edits.sh'], `${stubs}\nedit_setting ./file readOnlyPort 0`, { variables });
  expect(stdout.trim()).toBe('odd-form: ./file is written in a way that is left to a person');
});

it('a disk that is full is found before any change, wherever something is written', () => {
  const [, rooms = ''] = /^(room\(\) [\s\S]*?^done <index\n)/m.exec(remediationPart('flow.sh')) ?? [];
  const asks = (full: string, restarts: string) => {
    const stubs = `refuse() { echo "$1 $2"; exit; }; mkdir etc var var/lib opt; printf '1\\t./opt/file\\tedit\\n' >index
df() { printf '\\n- - - %s\\n' "$([ "$2" = ${full} ] && echo 1023 || echo 1024)"; }; restarts=${restarts}`;
    return sh([], `${stubs}\n${rooms.replaceAll('room /', 'room ./')}\necho enough`).stdout.trim();
  };
  for (const folder of ['./etc', './var/lib', './opt'])
    expect(asks(folder, 'yes')).toBe(`disk-full less than a megabyte is free in ${folder}`);
  expect([asks('./none', 'yes'), asks('./etc', '')]).toEqual(['enough', 'enough']);
});

describe('the API server', () => {
  const [ca, anonymous, mode] = [
    'authentication.x509.clientCAFile',
    'authentication.anonymous.enabled',
    'authorization.mode',
  ];
  it.each([
    [
      'apply',
      'is shut out where anybody was let in for all, and no client CA is there',
      [anonymous],
      'bad bad bad',
      'refused',
    ],
    ['apply', 'is not shut out where the client CA is fixed, too', [ca, anonymous], 'bad bad bad', 'on yes'],
    ['apply', 'is not shut out by another setting', ['readOnlyPort'], 'bad bad bad', 'on'],
    ['apply', 'is not shut out where a client CA is there', [mode], 'good bad bad', 'on yes'],
    ['apply', 'was shut out before, by the mode', [anonymous], 'bad bad good', 'on no'],
    ['apply', 'was shut out before, by its certificate', [mode], 'bad good bad', 'on no'],
    ['undo', 'is shut out where the doors are closed', [ca], 'good good good', 'refused'],
    ['undo', 'is shut out where one door is closed', [ca], 'good bad good', 'refused'],
    ['undo', 'is let in as anybody where both doors are open', [ca], 'good bad bad', 'on yes'],
    ['undo', 'is let in as anybody where both doors open with it', [ca, anonymous, mode], 'good good good', 'on yes'],
    ['undo', 'is let in by the client CA that stays', [anonymous, mode], 'good good good', 'on yes'],
    ['undo', 'was shut out before', [ca], 'bad good good', 'on no'],
    ['undo of what shut it out', 'was shut out before that run', [ca], 'good good good', 'on'],
  ])('in mode %s %s: %j, %s', (how, _, settings, verdicts, ended) => {
    const [ofCa, ofAnonymous, ofMode] = verdicts.split(' ');
    const resolve = `resolve() { value=/ca; case $1 in ${ca}) verdict=${ofCa} ;; ${anonymous}) verdict=${ofAnonymous} ;; *) verdict=${ofMode} ;; esac; }`;
    const before = how === 'undo of what shut it out' ? 'echo no >lets-in' : 'echo yes >lets-in';
    const lines = `refuse() { echo refused; exit; }\n${resolve}\n${before}\nkeep_api_server_in\necho on $lets_in`;
    const asked = `settings='${settings.join('\n')}'; edited=$settings; mode=${how.split(' ')[0]} trust=a undo_of=. lets_in=`;
    const { stdout } = sh(['plan.sh'], lines, { variables: asked });
    expect(stdout.trim()).toBe(ended);
  });
});

it('an earlier run that did not end is put back by the rescue of this release', () => {
  const [earlier = ''] =
    /^if \[ -d "\$current" \] && \[ "\$mode[\s\S]*?^fi$/m.exec(remediationPart('machine.sh')) ?? [];
  const stubs = `mkdir current; current=current home=. changes=yes report='' mode=apply run=a trial=''; finish() { echo "$2"; exit; }
install_rescue() { echo "echo restored" >rescue.sh; }; printable() { echo "$1"; }; lost_by() { :; }; echo 'exit 1' >rescue.sh`;
  expect(sh([], `${stubs}\n${earlier}\necho "$report"`).stdout.trim()).toBe('earlier=restored');
  expect(sh([], `${stubs}\ninstall_rescue() { :; }\n${earlier}`).stdout.trim()).toBe('earlier-lost');
});

it('a file that is put back is looked at before', () => {
  const stubs = `ours() { :; }; our_file() { echo "looked at $*"; exit; }; refuse() { echo "$1"; exit; }
undo_of=.; printf '1\\tedit\\t./file\\t\\t\\t\\t\\t\\t\\n' >files`;
  expect(sh(['undo.sh'], `${stubs}\nplan_undo`).stdout.trim()).toBe('looked at ./file mode owner');
});

describe('a node', () => {
  const tools = /^for tool in (.*); do$/m.exec(remediationPart('machine.sh'))?.[1]?.split(' ') ?? [];
  const refusal = (missing: string, user = '0', part = remediationPart('machine.sh')) => {
    const variables = `id() { echo ${user}; }
readlink() { echo "$1"; }
refuse() { echo "$1: $2"; exit; }
mkdir bin; for each in ${tools.join(' ')} curl bash rm mkdir; do ln -s "$(command -v "$each" || echo /bin/sh)" "bin/$each"; done
for each in ${missing}; do rm "bin/$each"; done; PATH=$PWD/bin`;
    return sh([], part, { variables }).stdout.trim();
  };

  it('is refused where one of the tools is missing, and where the script is not run by root', () => {
    expect(tools).toContain('flock');
    for (const tool of tools) expect(refusal(tool)).toBe(`no-tool: ${tool} is missing on this node`);
    expect(refusal('curl bash')).toMatch(/^no-tool: neither curl nor bash/);
    expect(refusal('flock', '1000')).toMatch(/^not-root/);
  });

  it('is refused where no systemd runs it, and to who sees other files than the kubelet', () => {
    const on = (folder: string) =>
      refusal('', '0', remediationPart('machine.sh').replace('[ -d /run/systemd/system ]', `[ -d ${folder} ]`));
    expect([on('/nowhere'), on('/')]).toEqual([
      expect.stringMatching(/^not-systemd/),
      expect.stringMatching(/^other-file-system/),
    ]);
  });
});

describe('the rescue', () => {
  const [functions = ''] = remediationPart('rescue.sh').split(/^case \$\{1:-\} in$/m);
  const stubs = `set +u
current=./current home=. undo=./undo timer=timer boot_link=./link boot_unit=./unit
beside() { echo ./beside; }
sum() { sha256sum <"$1" | cut -c 1-64; }
ours() { :; }; sweep() { : >swept; }; systemctl() { :; }; persist() { :; }
mkdir current; cd current; : >newer; echo old >old.1; echo new >../file; cd ..; chmod 644 file`;
  const ended = (kind: string, call: string, broken = '') => {
    const files = `printf '1\t${kind}\t./file\t%s\t%s\t600\t%s\t644\t0:0\n' "$(sum current/old.1)" "$(sum file)" "$(id -u):$(id -g)" >current/files`;
    const lines = `${broken && `${broken}() { return 1; }`}\nif ${call}; then echo done; else echo failed; fi`;
    return sh([], `${functions}\n${stubs}\n${files}\n${lines}`).stdout.trim();
  };

  it.each([
    ['a file that was edited', 'edit', 'put_all_back', 'ours rm cp mv persist'],
    ['a file that was made', 'create', 'put_all_back', 'rm persist'],
    ['a mode that was changed', 'meta', 'put_all_back', 'chown chmod persist'],
    ['what a command kept', 'edit', 'forget restored', 'ours mv persist'],
  ])('is not done with %s where a command fails', (_, kind, call, commands) => {
    expect(ended(kind, call)).toBe('done');
    for (const command of commands.split(' '))
      expect([command, ended(kind, call, command)]).toEqual([command, 'failed']);
  });

  it('keeps a copy for the undo, or none where there is no room, and leaves nothing of the run either way', () => {
    const kept = (copy: string, broken = '') =>
      ended(
        'edit',
        `{ newest_copy() { :; }; echo run >current/run; forget kept && ${copy} && [ ! -e current ]; }`,
        broken,
      );
    expect([kept('[ -e undo/run.1/files ]'), kept('[ ! -e undo ]', 'mkdir')]).toEqual(['done', 'done']);
  });

  it('sweeps up at its end what earlier runs left', () => {
    expect(ended('edit', 'forget restored && [ -e swept ]')).toBe('done');
  });

  it('goes on without the lock where its holder left no name', () => {
    const isFreeAtLast = 'flock() { [ -e asked ] || { : >asked; return 1; }; }';
    expect(ended('edit', `{ ${isFreeAtLast}; lock_within=1; set -u; take_lock; }`)).toBe('done');
  });

  it.each(['curl', 'timeout'])('takes a kubelet for well only where %s says so and succeeds', (tool) => {
    const asks = (body: string) =>
      ended('edit', `{ ${tool}() { ${body}; }; ${tool === 'curl' ? '' : 'PATH=/none; '}answers; }`);
    expect([asks('echo ok'), asks('echo ok; return 1'), asks('echo sick')]).toEqual(['done', 'failed', 'failed']);
  });
});
