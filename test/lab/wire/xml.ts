/** `{ reservationSet: [{ instanceId: 'i-1' }] }` as XML elements; arrays become lists of `<item>` (EC2) or `<member>` (Query). */
export function xmlElements(value: unknown, listElement: 'item' | 'member'): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value))
    return value.map((element) => `<${listElement}>${xmlElements(element, listElement)}</${listElement}>`).join('');
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object')
    return Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => `<${name}>${xmlElements(member, listElement)}</${name}>`)
      .join('');
  return xmlText(String(value));
}

export function xmlText(text: string): string {
  return text.replace(/[&<>"\r]/g, (c) => `&#${c.charCodeAt(0)};`);
}
