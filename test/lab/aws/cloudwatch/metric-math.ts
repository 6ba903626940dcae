/** What a period of a metric or of another expression holds; undefined where there is no datapoint. */
type Value = number | undefined;

/**
 * A metric math expression for one period: numbers, ids, `+ - * /`, brackets and `FILL(id, number)`. As in CloudWatch there is no datapoint where one
 * operand has none. Source: CloudWatch user guide, "Using math expressions with CloudWatch metrics". Throws at anything else: teach it here.
 */
export function metricMath(expression: string, datapoint: (id: string) => Value): Value {
  const tokens = expression.match(/[A-Za-z_]\w*|\d+(?:\.\d+)?|[-+*/(),]|\S/g) ?? [];
  let at = 0;
  const take = (wanted?: string): string => {
    const token = tokens[at];
    if (token === undefined || (wanted !== undefined && token !== wanted))
      throw new Error(`the lab does not know the expression '${expression}' at ${token ?? 'its end'}`);
    at += 1;
    return token;
  };

  const sum = (): Value => {
    let value = product();
    while (tokens[at] === '+' || tokens[at] === '-') {
      const sign = take() === '+' ? 1 : -1;
      const other = product();
      value = value === undefined || other === undefined ? undefined : value + sign * other;
    }
    return value;
  };
  const product = (): Value => {
    let value = operand();
    while (tokens[at] === '*' || tokens[at] === '/') {
      const operator = take();
      const other = operand();
      if (value === undefined || other === undefined || (operator === '/' && other === 0)) value = undefined;
      else value = operator === '*' ? value * other : value / other;
    }
    return value;
  };
  const operand = (): Value => {
    const token = take();
    if (token === '(') {
      const value = sum();
      take(')');
      return value;
    }
    if (/^\d/.test(token)) return Number(token);
    if (token === 'FILL') {
      take('(');
      const value = sum();
      take(',');
      const filling = sum();
      take(')');
      return value ?? filling;
    }
    // Ids begin with a small letter.
    if (/^[a-z]\w*$/.test(token)) return datapoint(token);
    throw new Error(`the lab does not know '${token}' of the expression '${expression}'`);
  };

  const value = sum();
  if (at < tokens.length) throw new Error(`the lab does not know the expression '${expression}' at ${tokens[at]}`);
  return value;
}
