// Chats, their messages and who sent them, as a GraphQL schema. A resolver knows one row; what it asks for the rows below, and how often that is
// sent, is up to the loaders of the request.

import { GraphQLInt, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';

export interface Message {
  id: number;
  chat_id: number;
  sender_id: number;
  text: string;
}

export interface User {
  id: number;
  username: string;
}

/** How the resolvers of one request ask. */
export interface Loaders {
  chats(): Promise<{ id: number }[]>;
  messagesOf(chatId: number): Promise<Message[]>;
  user(id: number): Promise<User | undefined>;
}

const UserType = new GraphQLObjectType<User, Loaders>({
  name: 'User',
  fields: { username: { type: GraphQLString } },
});

const MessageType = new GraphQLObjectType<Message, Loaders>({
  name: 'Message',
  fields: {
    text: { type: GraphQLString },
    sender: {
      type: UserType,
      resolve: ({ sender_id }, _args, loaders) => loaders.user(sender_id),
    },
  },
});

const ChatType = new GraphQLObjectType<{ id: number }, Loaders>({
  name: 'Chat',
  fields: {
    id: { type: new GraphQLNonNull(GraphQLInt) },
    messages: {
      type: new GraphQLList(MessageType),
      resolve: ({ id }, _args, loaders) => loaders.messagesOf(id),
    },
  },
});

export const schema = new GraphQLSchema({
  query: new GraphQLObjectType<unknown, Loaders>({
    name: 'Query',
    fields: {
      chats: {
        type: new GraphQLList(ChatType),
        resolve: (_root, _args, loaders) => loaders.chats(),
      },
    },
  }),
});
