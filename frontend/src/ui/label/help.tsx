import { Modal, Table } from "@mantine/core";
import { keyCap, type Action } from "./actions";

const GROUPS: readonly (readonly [Action["group"], string])[] = [
  ["Answer", "Answer the region; the next comes at once"],
  ["Split", "While splitting a region"],
  ["Go", "Go"],
];

/** Every key, from the table that the keys themselves are read from. */
export function Help({
  actions,
  opened,
  onClose,
}: {
  actions: readonly Action[];
  opened: boolean;
  onClose: () => void;
}) {
  return (
    <Modal opened={opened} onClose={onClose} title="Keys" size="lg">
      {GROUPS.map(([group, title]) => (
        <Table key={group} mb="md" verticalSpacing={3} withRowBorders={false}>
          <Table.Caption style={{ captionSide: "top", textAlign: "left" }}>{title}</Table.Caption>
          <Table.Tbody>
            {actions
              .filter((action) => action.group === group && action.keys.length > 0)
              .map((action) => (
                <Table.Tr key={action.name}>
                  <Table.Td w={130}>
                    {action.keys.map((key) => (
                      <kbd key={key} className="key" style={{ marginRight: 4 }}>
                        {keyCap(key)}
                      </kbd>
                    ))}
                  </Table.Td>
                  <Table.Td>{action.title}</Table.Td>
                </Table.Tr>
              ))}
          </Table.Tbody>
        </Table>
      ))}
    </Modal>
  );
}
