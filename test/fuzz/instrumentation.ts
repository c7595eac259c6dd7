import { parse } from 'acorn';

/** A module whose edges count themselves. */
export interface Instrumented {
  readonly source: string;
  /** Edges found. */
  readonly edges: number;
  /** Short strings that the module compares with or looks for: what a fuzzer should try. */
  readonly words: readonly string[];
}

interface Insertion {
  readonly at: number;
  readonly text: string;
}

interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

const wordLengths = { least: 1, most: 32 } as const;

/**
 * Puts a counter at the begin of every function, branch, loop body, case and handler, and before the right side of each
 * logical operator. Nothing else changes: no line moves, so that stack traces stay true.
 */
export function instrument(source: string, module: 'module' | 'script'): Instrumented {
  const tree = parse(source, {
    ecmaVersion: 'latest',
    sourceType: module,
    allowHashBang: true,
    allowReturnOutsideFunction: module === 'script',
  });
  const opening: Insertion[] = [];
  const closing: Insertion[] = [];
  const words = new Set<string>();
  let edges = 0;
  const count = (): string => `$edges[${edges++}]++`;

  const wrap = (node: SyntaxNode, before: string, after: string): void => {
    opening.push({ at: node.start, text: before });
    visit(node);
    closing.push({ at: node.end, text: after });
  };
  const branch = (node: SyntaxNode | undefined): void => {
    if (node === undefined) return;
    if (node.type !== 'BlockStatement') {
      wrap(node, `{${count()};`, '}');
      return;
    }
    opening.push({ at: node.start + 1, text: `${count()};` });
    visit(node);
  };
  const operand = (node: SyntaxNode | undefined): void => {
    if (node !== undefined) wrap(node, `(${count()},`, ')');
  };

  const visit = (node: SyntaxNode): void => {
    const taken = new Set<string>();
    const part = (name: string): SyntaxNode | undefined => {
      taken.add(name);
      return syntaxNode(field(node, name));
    };
    switch (node.type) {
      case 'IfStatement':
        branch(part('consequent'));
        branch(part('alternate'));
        break;
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement':
      case 'WhileStatement':
      case 'DoWhileStatement':
      case 'CatchClause':
      case 'FunctionDeclaration':
      case 'FunctionExpression':
        branch(part('body'));
        break;
      case 'ArrowFunctionExpression': {
        const body = part('body');
        if (body?.type === 'BlockStatement') branch(body);
        else operand(body);
        break;
      }
      case 'ConditionalExpression':
        operand(part('consequent'));
        operand(part('alternate'));
        break;
      case 'LogicalExpression':
        operand(part('right'));
        break;
      case 'SwitchCase': {
        const [first] = list(field(node, 'consequent'));
        if (first !== undefined) opening.push({ at: first.start, text: `${count()};` });
        break;
      }
      case 'Literal': {
        const value = field(node, 'value');
        if (typeof value === 'string' && value.length >= wordLengths.least && value.length <= wordLengths.most)
          words.add(value);
        return;
      }
      case 'ImportDeclaration':
      case 'ExportAllDeclaration':
        return;
      default:
    }
    for (const [name, value] of Object.entries(node)) {
      if (taken.has(name)) continue;
      const child = syntaxNode(value);
      if (child !== undefined) visit(child);
      else for (const each of list(value)) visit(each);
    }
  };
  for (const statement of list(field(tree, 'body'))) visit(statement);
  return { source: inserted(source, opening, closing), edges, words: [...words] };
}

function field(node: object, name: string): unknown {
  return Object.entries(node).find(([key]) => key === name)?.[1];
}

function syntaxNode(value: unknown): SyntaxNode | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value) || !('start' in value) || !('end' in value))
    return undefined;
  const { type, start, end } = value;
  return typeof type === 'string' && typeof start === 'number' && typeof end === 'number'
    ? Object.assign(value, { type, start, end })
    : undefined;
}

function list(value: unknown): readonly SyntaxNode[] {
  return Array.isArray(value) ? value.flatMap((each) => syntaxNode(each) ?? []) : [];
}

/** Where one part ends and another begins, the end comes first. */
function inserted(source: string, opening: readonly Insertion[], closing: readonly Insertion[]): string {
  const all = [...closing, ...opening].map((insertion, order) => ({ ...insertion, order }));
  all.sort((a, b) => a.at - b.at || a.order - b.order);
  const parts: string[] = [];
  let from = 0;
  for (const { at, text } of all) {
    parts.push(source.slice(from, at), text);
    from = at;
  }
  parts.push(source.slice(from));
  return parts.join('');
}
