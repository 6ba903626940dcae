import { trimmedEnd } from '../../../model/text/words.ts';
import { judgeText } from './file-texts.ts';
import type { TextEffects } from './mounts.ts';
import { namesKubelet, placeOf } from './script-places.ts';
import { hole, printed, type Values } from './script-values.ts';

/** Why what the user data says of the kubelet may not be all. */
export interface ScriptFinding {
  /** `touches`: it names the kubelet. `not-shown`: it may do anything. */
  readonly kind: 'touches' | 'not-shown';
  readonly because: string;
  /** Counted from 1 in the part. */
  readonly line: number;
}

export interface FileWrite {
  /** Absolute paths, all of which may be meant. */
  readonly paths: Values;
  readonly content: Values;
  readonly isAppended: boolean;
  readonly line: number;
}

/** Where a text begins: `isFixed` where all of it is said to be on that line. */
export interface TextPlace {
  readonly line: number;
  readonly isFixed: boolean;
}

type WalkScript = (text: string, effects: ScriptEffects, at: TextPlace) => void;

/** All that the scripts of one node do outside themselves, and what of it isn't known to leave the kubelet alone. */
export class ScriptEffects implements TextEffects {
  readonly findings: (ScriptFinding & { readonly part: number })[] = [];
  /** The parts that something was found in. */
  readonly parts = new Set<number>();
  /** Whether a finding may be of any part: one runs what another writes, or not all is looked at. */
  isOfAll = false;
  /** The part that is being gone through. */
  part = 0;
  readonly #texts = new Map<string, (string | undefined)[]>();
  readonly #runs = new Map<string, { readonly part: number; readonly line: number }>();
  /** Folders and files into which unknown files were put. */
  readonly #opaque: string[] = [];
  readonly #formatted = new Set<string>();
  #steps = 0;
  readonly #walk: WalkScript;

  constructor(walk: WalkScript) {
    this.#walk = walk;
  }

  report(because: string, line: number, kind: ScriptFinding['kind'] = 'not-shown'): void {
    this.parts.add(this.part);
    if (this.findings.length < 100) this.findings.push({ kind, because, line, part: this.part });
  }

  /** Bounds the work; `false` once it is too much. */
  step(): boolean {
    this.#steps += 1;
    this.isOfAll ||= this.#steps >= 20_000;
    if (this.#steps === 20_000) this.report('more commands than are followed', 1);
    return this.#steps < 20_000;
  }

  script(text: string, line: number): void {
    this.#walk(text, this, { line, isFixed: true });
  }

  absolute(paths: Values, folder: Values): Values {
    return paths.flatMap((path) =>
      path.startsWith('/') ? [path] : folder.map((each) => (each === '/' ? `/${path}` : `${each}/${path}`)),
    );
  }

  /** A path that is changed without a text being written: its rights, its owner, its existence. */
  changes(paths: Values, line: number, what: 'content' | 'rights' | 'folder' | 'tree' = 'rights'): void {
    for (const path of paths) {
      const place = placeOf(path);
      const isAllowed =
        what === 'folder' ? /^(?:\/[\w@.+:\ue125-]+)+\/?$/.test(path) && !path.includes('/..') : place !== undefined;
      if (namesKubelet(path)) this.report('a file of the kubelet', line, 'touches');
      else if (!isAllowed || ((what === 'content' || what === 'tree') && place?.text !== undefined))
        this.report('a file outside the places that leave the kubelet alone', line);
      else if (what === 'tree' && !place?.isTree)
        this.report('files outside the places that leave the kubelet alone', line);
      else if (what === 'content' || what === 'tree') {
        if (this.#isOpaque(path)) this.report('a file below a folder whose files are not shown', line);
        if (what === 'tree') this.#opaque.push(trimmedEnd(path, '/'));
        this.#texts.set(path, [...(this.#texts.get(path) ?? []), undefined]);
      }
    }
  }

  writes({ paths, content, isAppended, line }: FileWrite): void {
    for (const path of paths) {
      const place = placeOf(path);
      if (namesKubelet(path)) this.report('a file of the kubelet', line, 'touches');
      else if (place === undefined) this.report('a file outside the places that leave the kubelet alone', line);
      else if (this.#isOpaque(path)) this.report('a file below a folder whose files are not shown', line);
      else {
        if (place.text !== undefined)
          for (const text of content) judgeText(place.text, { path, text, isAppended, line, effects: this });
        for (const text of content)
          this.#texts.set(path, [
            ...(this.#texts.get(path) ?? []),
            isAppended || text.includes(hole) ? undefined : text,
          ]);
      }
    }
  }

  /** A file system of unknown files, unless this file made it. */
  mounts(device: string, folder: string, isEmpty: boolean): void {
    if (!isEmpty && !this.#formatted.has(device)) this.#opaque.push(folder);
  }

  formats(device: string): void {
    this.#formatted.add(device);
  }

  runs(path: string, line: number): void {
    if (namesKubelet(path)) this.report('a program of the kubelet', line, 'touches');
    else this.#runs.set(path, { part: this.part, line });
  }

  hasUnit(name: string): boolean {
    return this.#texts.has(`/etc/systemd/system/${name}`) || this.#texts.has(`/etc/systemd/system/${name}.service`);
  }

  /** Once all parts are gone through: the files that something runs. */
  finish(): void {
    const done = new Set<string>();
    for (;;) {
      const next = [...this.#runs].find(([path]) => !done.has(path));
      if (next === undefined) return;
      const [path, { part, line }] = next;
      done.add(path);
      this.part = part;
      this.isOfAll ||= this.#texts.has(path);
      const texts = this.#texts.get(path) ?? [undefined];
      for (const text of texts) {
        const isShell =
          text !== undefined &&
          /^(?:#!\s*(?:\/usr)?\/bin\/(?:env )?(?:ba|da)?sh(?:\s+-[eux]+)*[ \t]*\n|[^#]|#[^!])/.test(text);
        if (!isShell || text.includes(printed) || this.#isOpaque(path))
          this.report('a program whose text this file does not show', line);
        else this.script(text, line);
      }
    }
  }

  #isOpaque(path: string): boolean {
    return this.#opaque.some((folder) => path === folder || path.startsWith(`${folder}/`));
  }
}
