import torch


class TicketNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = torch.nn.Linear(3, 4)
        self.output = torch.nn.Linear(4, 1)

    def forward(self, X):
        return self.output(torch.relu(self.hidden(X)))


def train(net, X, y, lr, epochs):
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    losses = []
    for _ in range(epochs):
        loss = torch.nn.functional.mse_loss(net(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
