/** What a rule gives its target in place of the event. */
export interface InputTransformer {
  /** `$.detail.cluster`, by the name that the template uses. */
  readonly InputPathsMap: Readonly<Record<string, string>>;
  readonly InputTemplate: string;
}

/** EventBridge's input transformer: each `<name>` of the template is what the event has at its path, and nothing where it has nothing. */
export const transformed = ({ InputPathsMap, InputTemplate }: InputTransformer, event: object): string =>
  InputTemplate.replaceAll(/<([\w-]+)>/g, (_, name: string) => {
    const path = InputPathsMap[name]?.split('.').slice(1) ?? [];
    return String(path.reduce<unknown>((at, key) => Object(at)[key], event) ?? '');
  });
