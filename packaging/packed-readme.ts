/**
 * The README as the package has it: a link to a file that is not packed becomes its text, so that none leads nowhere.
 * @param isPacked whether the package has this file, by its path from the root
 */
export const packedReadme = (readme: string, isPacked: (path: string) => boolean): string =>
  readme.replaceAll(/\[([^\]]+)\]\(([^)#:]+)(#[^)]*)?\)/g, (link, text: string, path: string) =>
    isPacked(path) ? link : text,
  );
