/** What installing and removing consist of, as data: planned first, then carried out or only told. */

/** Who owns a file: root, with the group of the service where it has to read it; or the service. */
export type Owner = "root" | "root:opsen" | "opsen";

/** A step. Paths are those of the machine, without the folder that `--root` names. */
export type Step =
  | {
    readonly kind: "folder";
    readonly path: string;
    readonly mode: number;
    readonly owner: Owner;
  }
  | {
    readonly kind: "write";
    readonly path: string;
    readonly text: string;
    readonly mode: number;
    readonly owner: Owner;
    /** Whether a file that is there stays as it is, because a person has edited it. */
    readonly isKept: boolean;
  }
  | {
    readonly kind: "copy";
    /** As the caller named it. */
    readonly from: string;
    readonly path: string;
    readonly mode: number;
    readonly owner: Owner;
  }
  /** A symbolic link, unless something is there. */
  | { readonly kind: "link"; readonly path: string; readonly to: string }
  /** A file or a folder with all that is in it. */
  | { readonly kind: "remove"; readonly path: string }
  | {
    readonly kind: "run";
    readonly command: readonly [string, ...string[]];
    /** Whether what comes after it makes no sense without it. */
    readonly isNeeded: boolean;
  };
