import { Button, Group, Table, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { messageOf } from "../../api/problem";
import { addMember, removeMember } from "../../api/projects";
import { membersQuery } from "../../state/queries";

/** Who may label here, beside the admins. */
export function Members({ slug }: { slug: string }) {
  const client = useQueryClient();
  const members = useQuery(membersQuery(slug));
  const [email, setEmail] = useState("");
  const refresh = () => client.invalidateQueries({ queryKey: membersQuery(slug).queryKey });
  const add = useMutation({
    mutationFn: () => addMember(slug, email.trim()),
    onSuccess: () => {
      setEmail("");
      return refresh();
    },
  });
  const remove = useMutation({
    mutationFn: (userId: string) => removeMember(slug, userId),
    onSuccess: refresh,
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    add.mutate();
  };
  const error = add.error ?? remove.error ?? members.error;
  return (
    <section lang="en" className="panel" aria-label="Members">
      <Title order={2} mb="xs">
        Members
      </Title>
      {members.data?.length === 0 && (
        <Text className="quiet">Nobody yet. Admins may label without being members.</Text>
      )}
      <Table verticalSpacing={3} withRowBorders={false}>
        <Table.Tbody>
          {members.data?.map((member) => (
            <Table.Tr key={member.user_id}>
              <Table.Td>{member.name}</Table.Td>
              <Table.Td className="quiet">{member.email}</Table.Td>
              <Table.Td ta="right">
                <Button
                  variant="subtle"
                  color="gray"
                  size="compact-xs"
                  aria-label={`Remove ${member.name}`}
                  onClick={() => remove.mutate(member.user_id)}
                >
                  Remove
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <form onSubmit={submit}>
        <Group align="end" mt="sm">
          <TextInput
            label="Add by e-mail"
            placeholder="name@example.org"
            required
            flex={1}
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
          <Button type="submit" variant="default" loading={add.isPending}>
            Add
          </Button>
        </Group>
      </form>
      {error !== null && (
        <Text className="bad" role="alert" mt="xs">
          {messageOf(error)}
        </Text>
      )}
    </section>
  );
}
