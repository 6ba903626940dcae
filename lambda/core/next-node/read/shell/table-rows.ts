/** The cells of each row below the first; a line that begins with blanks goes on with the row, and with a word that ended in a comma. */
export const tableRows = (table: string): readonly (readonly string[])[] =>
  table
    .trim()
    .replaceAll(/,\n +/g, ',')
    .replaceAll(/\n +/g, ' ')
    .split('\n')
    .slice(1)
    .map((row) =>
      row
        .split('|')
        .slice(1)
        .map((cell) => cell.trim()),
    );
