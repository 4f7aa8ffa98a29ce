export interface Floor {
  readonly name: string;
  readonly what: string;
  /** Patterns of the files that are on it, unless a higher floor has them. */
  readonly files: readonly string[];
}

interface Module {
  readonly source: string;
  readonly dependencies: readonly { readonly resolved: string }[];
}

/** Folders by floor, the highest first, and who imports whom. */
export interface Structure {
  readonly floors: readonly { readonly floor: Floor; readonly folders: readonly string[] }[];
  readonly imports: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Puts every file on its floor, and adds up the imports between folders. */
export function foldersOf(modules: readonly Module[], floors: readonly Floor[]): Structure {
  const boxes = new Map<string, Set<string>>(floors.map(({ name }) => [name, new Set()]));
  const imports = new Map<string, Set<string>>();
  const boxOf = (file: string): string => {
    const floor = floors.find(({ files }) => files.some((pattern) => new RegExp(pattern).test(file)));
    if (!floor) throw new Error(`${file} is on no floor`);
    const box = `${floor.name}/${folderOf(file, floor.name)}`;
    boxes.get(floor.name)?.add(box);
    return box;
  };
  for (const { source, dependencies } of modules) {
    const from = boxOf(source);
    for (const { resolved } of dependencies) {
      const to = boxOf(resolved);
      if (from !== to) imports.set(from, (imports.get(from) ?? new Set()).add(to));
    }
  }
  return {
    floors: floors.map((floor) => ({ floor, folders: [...(boxes.get(floor.name) ?? [])].sort() })),
    imports,
  };
}

/**
 * The folders as a Mermaid flowchart, a box for each floor. An arrow that other arrows already imply is left out: the
 * picture shows what stands on what, not every import.
 */
export function drawing({ floors, imports }: Structure): string {
  const lines = floors.flatMap(({ floor, folders }) => [
    `  subgraph ${floor.name} ["${floor.name}: ${floor.what}"]`,
    ...folders.map((box) => `    ${idOf(box)}["${labelOf(box)}"]`),
    '  end',
  ]);
  const arrows = [...imports].flatMap(([from, targets]) =>
    [...targets]
      .filter((to) => ![...targets].some((other) => other !== to && reaches(imports, other, to)))
      .map((to) => `  ${idOf(from)} --> ${idOf(to)}`),
  );
  return ['```mermaid', 'flowchart TB', ...lines, ...arrows.sort(), '```', ''].join('\n');
}

/** The first folder below `server/`; files beside it are drawn as one. */
function folderOf(file: string, floor: string): string {
  const [, folder, ...rest] = file.split('/');
  return rest.length > 0 && folder !== undefined ? folder : floor === 'ground' ? 'words and tools' : 'files';
}

/** Whether a way leads from one folder to the other. */
function reaches(imports: Structure['imports'], from: string, to: string, seen = new Set<string>()): boolean {
  if (seen.has(from)) return false;
  seen.add(from);
  const targets = imports.get(from) ?? new Set();
  return targets.has(to) || [...targets].some((next) => reaches(imports, next, to, seen));
}

const idOf = (box: string): string => box.replaceAll(/\W/g, '_');
const labelOf = (box: string): string => box.slice(box.indexOf('/') + 1);
