// What a TypeScript file imports and which globals it names, by a real parser: the facts that the architecture test judges.

import { parseAst } from 'vitest/node';

export interface ImportLine {
  /** As written: './shape.js', 'node:fs', 'pg'. */
  from: string;
  /** Gone after compilation. */
  typeOnly: boolean;
}

export interface ModuleFacts {
  imports: ImportLine[];
  /** Names read that no import or declaration has to explain: every identifier that is not a member, a key or a type. */
  names: Set<string>;
}

interface Node {
  type: string;
  [key: string]: unknown;
}

export function readModule(source: string): ModuleFacts {
  const imports: ImportLine[] = [];
  const names = new Set<string>();
  visit(parseAst(source, { lang: 'tsx' }) as unknown as Node);
  return { imports, names };

  function visit(node: Node): void {
    const from = importedBy(node);
    if (from !== null) imports.push({ from, typeOnly: isTypeOnly(node) });
    if (node.type === 'Identifier') names.add(node.name as string);
    for (const [key, value] of Object.entries(node)) {
      const isName = (key === 'property' || key === 'key') && node.computed !== true;
      if (isName || key === 'typeAnnotation' || key === 'typeArguments') {
        // Types name nothing at run time, but `import('pg').Client` among them is an import.
        for (const child of nodesIn(value)) visitType(child);
      } else {
        for (const child of nodesIn(value)) visit(child);
      }
    }
  }

  function visitType(node: Node): void {
    const from = importedBy(node);
    if (from !== null) imports.push({ from, typeOnly: true });
    for (const value of Object.values(node)) nodesIn(value).forEach(visitType);
  }
}

/** The module that this node imports; null where it is no import. */
function importedBy(node: Node): string | null {
  const { callee } = node as { callee?: Node };
  const isRequire = node.type === 'CallExpression' && callee?.type === 'Identifier' && callee.name === 'require';
  const source = (isRequire ? (node.arguments as Node[])[0] : (node.source ?? node.expression)) as
    | Node
    | undefined
    | null;
  const imports =
    isRequire ||
    ['ImportDeclaration', 'ImportExpression', 'ExportAllDeclaration', 'ExportNamedDeclaration'].includes(node.type) ||
    ['TSImportType', 'TSExternalModuleReference'].includes(node.type);
  return imports && typeof source?.value === 'string' ? source.value : null;
}

function isTypeOnly(node: Node): boolean {
  if (node.importKind === 'type' || node.exportKind === 'type' || node.type === 'TSImportType') return true;
  const specifiers = (node.specifiers ?? []) as Node[];
  return specifiers.length > 0 && specifiers.every((each) => each.importKind === 'type' || each.exportKind === 'type');
}

function nodesIn(value: unknown): Node[] {
  const values = Array.isArray(value) ? value : [value];
  return values.filter((each): each is Node => typeof each?.type === 'string');
}
