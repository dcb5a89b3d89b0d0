package dev.deltapress.cli;

import tools.jackson.databind.node.ObjectNode;

/** A result as it is shown. */
interface View {

    /** What {@code --json} prints; keys in snake case. */
    ObjectNode json();

    /**
     * What people read: whole lines.
     *
     * @param all whether long tables are shown to the end
     */
    String text(boolean all);
}
