/** Objects by id that may be named before their row comes. */

/** Makes an object per id on first mention. */
export class Registry<T> {
  private readonly byId = new Map<string, T>();
  constructor(private readonly make: (id: string) => T) {}
  get(id: string): T {
    const known = this.byId.get(id);
    if (known !== undefined) return known;
    const made = this.make(id);
    this.byId.set(id, made);
    return made;
  }
  /** Takes the object out and returns it; whoever still holds it sees it emptied by the caller. */
  take(id: string): T {
    const known = this.get(id);
    this.byId.delete(id);
    return known;
  }
}
