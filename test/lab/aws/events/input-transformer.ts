/** What a rule gives its target in place of the event. */
export interface InputTransformer {
  /** `$.detail.cluster`, by the name that the template uses. */
  readonly InputPathsMap: Readonly<Record<string, string>>;
  readonly InputTemplate: string;
}

/**
 * EventBridge's input transformer: each `<name>` of the template is what the event has at its path, and nothing where it has nothing. Within quotes it is the
 * text as it is; outside of them, where a template of JSON has a value, it is JSON.
 */
export const transformed = ({ InputPathsMap, InputTemplate }: InputTransformer, event: object): string =>
  InputTemplate.replaceAll(/<([\w-]+)>/g, (_, name: string, at: number) => {
    const path = InputPathsMap[name]?.split('.').slice(1) ?? [];
    const value = path.reduce<unknown>((within, key) => Object(within)[key], event) ?? '';
    const isQuoted = (InputTemplate.slice(0, at).match(/(?<!\\)"/g) ?? []).length % 2 === 1;
    return isQuoted ? String(value) : JSON.stringify(value);
  });
