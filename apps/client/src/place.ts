import type { RemotePlace } from './operands/remote-path.ts';

/** Where the person is, here and in the cluster. */
export class Place {
  /** Undefined until somebody is logged in, and then their home. */
  folder: string | undefined;
  previousFolder: string | undefined;
  localFolder: string;
  #user: string | undefined;

  constructor(localFolder: string) {
    this.localFolder = localFolder;
  }

  /** The present folder of `user`; another user begins in their own home. */
  of(user: string): RemotePlace {
    const home = `/home/${user}`;
    if (this.#user !== user) this.folder = undefined;
    this.#user = user;
    this.folder ??= home;
    return { folder: this.folder, home };
  }

  changeFolder(folder: string): void {
    this.previousFolder = this.folder;
    this.folder = folder;
  }
}
